using System;
using System.IO;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

public class SC2003FixTests
{
    private const string Before = """
        using System;
        using System.Threading;
        using System.Threading.Tasks;

        class C
        {
            static async Task M(Broker broker, CancellationToken token)
            {
                while (true)
                {
                    try
                    {
                        await broker.SendAsync(token);
                    }
                    [|catch|] (Exception e)
                    {
                        Console.WriteLine(e);
                    }
                }
            }
        }

        """;

    private const string Broker = "public class Broker { public System.Threading.Tasks.Task SendAsync(System.Threading.CancellationToken token) => System.Threading.Tasks.Task.Delay(1, token); }";

    /// <summary>A client of a broker that reports its own timeouts as cancellations, as the clients of RabbitMQ do: nothing tells that from outside.</summary>
    [Fact]
    public Task Compiled_code_of_others_may_be_cancelled_by_others()
        => VerifyAsync(Compiled("Broker.Client"), "catch (Exception e) when (e is not OperationCanceledException || !token.IsCancellationRequested)");

    [Fact]
    public Task The_framework_is_cancelled_by_its_token()
        => VerifyAsync(Compiled("Microsoft.Extensions.Broker"), "catch (Exception e) when (e is not OperationCanceledException)");

    private static async Task VerifyAsync(MetadataReference library, string handler)
    {
        var test = new CSharpCodeFixVerifier<SC2003CancellationIsSwallowed, SC2003CancellationIsSwallowedFix>.Test
        {
            TestCode = Before,
            FixedCode = Before.Replace("[|catch|] (Exception e)", handler, StringComparison.Ordinal),
        };
        test.TestState.AdditionalReferences.Add(library);
        await test.RunAsync();
    }

    private static PortableExecutableReference Compiled(string name)
    {
        var image = new MemoryStream();
        Assert.True(CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(Broker)], References.Framework, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    }
}
