using System.Threading.Tasks;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpCodeFixVerifier<Structured.Analyzers.SC3001ThreadSleepInAsyncCode, Structured.Analyzers.CodeFixes.AddTokenFix>;

namespace Structured.Analyzers.CodeFixes.Tests;

public class AddTokenTests
{
    [Fact]
    public Task The_callers_in_other_files_pass_their_token()
    {
        var test = new VerifyCS.Test { CodeActionEquivalenceKey = "structured.add-token" };
        test.TestState.Sources.Add(("/Poller.cs", """
            using System.Threading;
            using System.Threading.Tasks;

            partial class Poller
            {
                private static async Task PollAsync(int count)
                {
                    await Task.Yield();
                    {|SC3001:Thread.Sleep(count)|};
                }
            }
            """));
        test.TestState.Sources.Add(("/Poller.Chain.cs", """
            using System.Threading.Tasks;

            partial class Poller
            {
                private async Task TwiceAsync()
                {
                    await PollAsync(1);
                    await PollAsync(2);
                }
            }
            """));
        test.TestState.Sources.Add(("/Poller.Run.cs", """
            using System.Threading;
            using System.Threading.Tasks;

            partial class Poller
            {
                public async Task RunAsync(CancellationToken stop)
                {
                    await TwiceAsync();
                    await PollAsync(count: 3);
                }
            }
            """));
        test.FixedState.Sources.Add(("/Poller.cs", """
            using System.Threading;
            using System.Threading.Tasks;

            partial class Poller
            {
                private static async Task PollAsync(int count, CancellationToken cancellationToken)
                {
                    await Task.Yield();
                    await Task.Delay(count, cancellationToken);
                }
            }
            """));
        test.FixedState.Sources.Add(("/Poller.Chain.cs", """
            using System.Threading;
            using System.Threading.Tasks;

            partial class Poller
            {
                private async Task TwiceAsync(CancellationToken cancellationToken)
                {
                    await PollAsync(1, cancellationToken);
                    await PollAsync(2, cancellationToken);
                }
            }
            """));
        test.FixedState.Sources.Add(("/Poller.Run.cs", """
            using System.Threading;
            using System.Threading.Tasks;

            partial class Poller
            {
                public async Task RunAsync(CancellationToken stop)
                {
                    await TwiceAsync(stop);
                    await PollAsync(count: 3, cancellationToken: stop);
                }
            }
            """));
        return test.RunAsync();
    }
}
