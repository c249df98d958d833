using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC1003: the function returns a task, and its callers await it. Not offered where a caller is synchronous, or a delegate wants nothing back.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC1003AsyncVoidFix))]
public sealed class SC1003AsyncVoidFix : PlaceFix
{
    private const string Key = "structured.async-task";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.AsyncVoid);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        var declaration = context.Root.FindToken(span.Start).Parent;
        var returnType = declaration switch
        {
            MethodDeclarationSyntax each => each.ReturnType,
            LocalFunctionStatementSyntax each => each.ReturnType,
            _ => null,
        };
        if (returnType is null || context.Model.GetDeclaredSymbol(declaration!, cancellationToken) is not IMethodSymbol method || !IsFree(method))
            return null;

        var changes = new List<TextChange> { new(returnType.Span, "Task") };
        var isCalled = false;
        foreach (var tree in context.Model.Compilation.SyntaxTrees)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (method.DeclaredAccessibility == Accessibility.Private && method.ContainingType.DeclaringSyntaxReferences.All(reference => reference.SyntaxTree != tree))
                continue;
            SemanticModel? model = null;
            foreach (var name in tree.GetRoot(cancellationToken).DescendantNodes().OfType<SimpleNameSyntax>().Where(name => name.Identifier.ValueText == method.Name))
            {
                if (IsInNameOf(name))
                    continue;
                model ??= tree == context.Root.SyntaxTree ? context.Model : context.Model.Compilation.GetSemanticModel(tree);
                var bound = model.GetSymbolInfo(name, cancellationToken);
                if (bound.Symbol is null && !bound.CandidateSymbols.IsEmpty)
                    return null;
                if (!SymbolEqualityComparer.Default.Equals((bound.Symbol as IMethodSymbol)?.OriginalDefinition, method))
                    continue;
                // One file is changed; a use in another one has to be looked at by a person.
                if (tree != context.Root.SyntaxTree || !AddAwait(name, declaration!, context, changes, cancellationToken))
                    return null;
                isCalled = true;
            }
        }

        // A caller that goes on today would wait for ever.
        if (isCalled && Termination.OfFunction(declaration!, context.Model, context.Symbols, cancellationToken) == Ending.NeedsHelp)
            return null;
        return new PlaceEdit("Return 'Task'", Key, changes, ("System.Threading.Tasks", "Task"));
    }

    /// <summary>Nothing but its own declaration says what it returns.</summary>
    private static bool IsFree(IMethodSymbol method)
        => !method.IsVirtual && !method.IsOverride && !method.IsAbstract && method.ExplicitInterfaceImplementations.IsEmpty
           && method.PartialDefinitionPart is null && method.PartialImplementationPart is null
           && (method.MethodKind == MethodKind.LocalFunction || !method.ContainingType.AllInterfaces.SelectMany(static contract => contract.GetMembers())
               .Any(member => SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method)));

    private static bool AddAwait(SimpleNameSyntax name, SyntaxNode declaration, PlaceContext context, List<TextChange> changes, CancellationToken cancellationToken)
    {
        ExpressionSyntax target = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : name;
        if (target.Parent is not InvocationExpressionSyntax { Parent: ExpressionStatementSyntax statement } call || call.Expression != target)
            return false;
        // A call of itself would pile up callers.
        if (declaration.Span.Contains(call.Span))
            return false;
        var caller = FunctionContext.Of(call, context.Model, context.Symbols, cancellationToken);
        // An `await` in an `async void` caller that nobody awaits either is still an improvement.
        if (caller.Kind != FunctionKind.Async)
            return false;
        changes.Add(new TextChange(new TextSpan(statement.SpanStart, 0), "await "));
        if (context.Layout.Configured.Length > 0)
            changes.Add(new TextChange(new TextSpan(call.Span.End, 0), context.Layout.Configured));
        return true;
    }

    private static bool IsInNameOf(SimpleNameSyntax name)
        => name.Ancestors().OfType<InvocationExpressionSyntax>().Any(static call => call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" });
}
