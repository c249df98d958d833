using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>An editor may ask about a finding that was made before the last key press.</summary>
public class StaleFindingTests
{
    [Fact]
    public async Task A_timeout_that_nobody_awaits_any_more_is_left()
    {
        var markup = Markup.Parse("""
            using System;
            using System.Threading.Tasks;

            class C
            {
                async Task M()
                {
                    _ = [|PingAsync().WaitAsync(TimeSpan.FromSeconds(1))|].ConfigureAwait(false);
                    await PingAsync();
                }

                static async Task PingAsync() => await Task.Yield();
            }
            """);
        using var workspace = new AdhocWorkspace();
        var project = workspace.AddProject("Editor", LanguageNames.CSharp).WithMetadataReferences(References.Framework.Add(References.Runtime));
        var document = project.AddDocument("C.cs", SourceText.From(markup.Text));
        var place = Location.Create((await document.GetSyntaxTreeAsync())!, markup.Spans[0].Span);
        var actions = new List<CodeAction>();
        await new SC2007TimeoutByHandFix().RegisterCodeFixesAsync(new CodeFixContext(document, Diagnostic.Create(Descriptors.TimeoutByHand, place, "WaitAsync", ""), (action, _) => actions.Add(action), CancellationToken.None));
        Assert.Empty(actions);
    }
}
