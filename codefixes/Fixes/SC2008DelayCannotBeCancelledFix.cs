using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC2008: the token is passed; under a scope alone, the runtime's own sleep; for a delay of zero, a checkpoint.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2008DelayCannotBeCancelledFix))]
public sealed class SC2008DelayCannotBeCancelledFix : PlaceFix
{
    private const string Key = "structured.cancellable-delay";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.DelayCannotBeCancelled);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call
            || context.Model.GetOperation(call, cancellationToken) is not IInvocationOperation operation
            || call.ArgumentList.Arguments.Count == 0)
        {
            return null;
        }

        var token = SensibleToken.At(call, context.Model, context.Symbols, cancellationToken);
        if (Timeouts.IsZero(operation.Arguments, context.Symbols))
            return Cleanup.Contains(call, context.Model, context.Symbols, cancellationToken) ? context.Refuse("it cleans up, which a checkpoint could cut short") : Checkpoint(call, token?.Token, context);
        if (token is null)
            return null;
        if (Follows(call, context, cancellationToken) is { } rest)
            return context.Refuse($"the handler still has '{rest}' to call behind it, which a cancellation would skip");
        var last = call.ArgumentList.Arguments.Last();
        if (token.Token is not null)
            return new PlaceEdit($"Pass '{token.Token}' to 'Task.Delay'", Key, [new TextChange(new TextSpan(last.Span.End, 0), ", " + token.Token)]);

        // The sleep keeps to the clock of its scope, so one that names another clock stays.
        if (!context.Symbols.HasRuntime)
            return context.Refuse("the runtime is not referenced");
        if (call.ArgumentList.Arguments.Count != 1)
            return context.Refuse("it goes by a clock of its own, and only a token can end it: pass that of the scope");
        return new PlaceEdit("Use 'Checkpoint.SleepAsync'", Key, Sleep(call, last), Needed.Checkpoint);
    }

    /// <summary>What a handler awaits behind the delay without a token, and so means to do whatever happens: to put back what it had taken, for one.</summary>
    private static string? Follows(InvocationExpressionSyntax delay, PlaceContext context, CancellationToken cancellationToken)
    {
        for (SyntaxNode node = delay; node.Parent is { } parent && node is not (CatchClauseSyntax or MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); node = parent)
        {
            if (parent is not BlockSyntax block || !block.Ancestors().TakeWhile(static outer => outer is not (MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static outer => outer is CatchClauseSyntax))
                continue;
            foreach (var later in block.Statements.SkipWhile(statement => statement != node).Skip(1).SelectMany(static statement => statement.DescendantNodes()).OfType<AwaitExpressionSyntax>())
            {
                if (!CancellableWork.HasToken(later.Expression, context.Model, context.Symbols, cancellationToken)
                    && later.DescendantNodes().OfType<InvocationExpressionSyntax>().Select(call => context.Model.GetSymbolInfo(call, cancellationToken).Symbol).OfType<IMethodSymbol>().LastOrDefault() is { } called
                    && !KnownSymbols.Is(called.ContainingType, context.Symbols.Task))
                {
                    return called.Name;
                }
            }
        }

        return null;
    }

    /// <summary>A test that waits for a while, or whose handler takes a while, counts on how long that is. Who opened a scope around it has said what ends it.</summary>
    private protected override string? ForPeopleToChoose(SemanticModel model, TextSpan span, CancellationToken cancellationToken)
        => TestMethod.AreIn(model.Compilation) && SensibleToken.At(model.SyntaxTree.GetRoot(cancellationToken).FindNode(span, getInnermostNodeForTie: true), model, KnownSymbols.For(model.Compilation), cancellationToken)?.Token is not null
            ? "a test may count on how long it waits"
            : null;

    private static ImmutableArray<TextChange> Sleep(InvocationExpressionSyntax call, ArgumentSyntax argument)
    {
        var changes = ImmutableArray.Create(new TextChange(call.Expression.Span, "Checkpoint.SleepAsync"));
        // The parameters have other names.
        return argument.NameColon is { } name ? changes.Add(new TextChange(TextSpan.FromBounds(name.SpanStart, argument.Expression.SpanStart), "")) : changes;
    }

    private static PlaceEdit? Checkpoint(InvocationExpressionSyntax call, string? token, PlaceContext context)
    {
        // What a checkpoint gives can be awaited and nothing else.
        ExpressionSyntax whole = call.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax configured } ? configured : call;
        if (!context.Symbols.HasRuntime)
            return context.Refuse("the runtime is not referenced");
        if (whole.Parent is not AwaitExpressionSyntax)
            return context.Refuse("the task of a delay of zero is kept, and a checkpoint can only be awaited: await it where it is made");
        return new PlaceEdit($"Use 'Checkpoint.YieldAsync({token})'", Key, [new TextChange(whole.Span, $"Checkpoint.YieldAsync({token})")], Needed.Checkpoint);
    }
}
