using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

public class ApplicationNurseryTests
{
    private const string Service = """
        using System.Threading.Tasks;

        namespace Structured.Concurrency.Hosting
        {
            static class HostNurseryExtensions { }
        }

        public interface IMailer { void Send(string text); }

        public class MailController
        {
            private readonly IMailer _mailer;

            public MailController(IMailer mailer)
            {
                _mailer = mailer;
            }

            public void Send(string text)
            {
                _ = {|SC1002:SendAsync(text)|};
            }

            private async Task SendAsync(string text)
            {
                await Task.Delay(1);
                _mailer.Send(text);
            }
        }
        """;

    [Fact]
    public Task A_constructor_that_the_tests_of_another_project_call_is_left_alone()
    {
        var test = new CSharpCodeFixVerifier<SC1002TaskIsDiscarded, DroppedTaskFix>.Test
        {
            TestCode = Service,
            FixedCode = Service,
            CodeActionEquivalenceKey = "structured.application-nursery",
            CodeFixTestBehaviors = CodeFixTestBehaviors.SkipFixAllCheck,
        };
        const string Caller = "class MailControllerTests { public static MailController Make() => new MailController(null); }";
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.AdditionalProjects["Tests"].Sources.Add(Caller);
            state.AdditionalProjects["Tests"].AdditionalProjectReferences.Add("TestProject");
        }

        return test.RunAsync();
    }
}
