using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC2008: a delay observes neither the token nor the scope in reach; or it is no delay at all.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2008DelayCannotBeCancelled : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC2008DelayCannotBeCancelled()
        : base(Descriptors.DelayCannotBeCancelled)
    {
    }

    private protected override void Register(RuleContext context)
        => context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod.Name != "Delay" || !KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.Task) || call.Arguments.Any(argument => TokensInReach.IsToken(argument.Parameter?.Type, symbols)))
            return;
        if (UseOf(call.Syntax, call.SemanticModel!, context.CancellationToken) is not { } use || ExpressionTrees.Contain(call, symbols))
            return;

        if (Timeouts.IsZero(call.Arguments, symbols))
        {
            if (use == DelayUse.Awaited)
                Report("is complete at once: it waits for nothing and gives the thread to nobody; use a checkpoint");
            return;
        }

        if (Cleanup.Contains(call.Syntax, call.SemanticModel!, symbols, context.CancellationToken)
            || SensibleToken.At(call.Syntax, call.SemanticModel!, symbols, context.CancellationToken) is not { } sensible)
        {
            return;
        }

        Report(sensible.Token is { } token
            ? $"cannot be cancelled; pass it '{token}'"
            : "cannot be cancelled by the surrounding scope; use 'Checkpoint.SleepAsync'", sensible.Symbol);

        void Report(string what, ISymbol? source = null)
            => context.Report(Diagnostic.Create(Descriptors.DelayCannotBeCancelled, call.Syntax.GetLocation(), RelatedPlaces.Declaration(source), "Task.Delay", what));
    }

    private enum DelayUse
    {
        Awaited,
        Returned,
    }

    /// <summary>
    /// Only delays that somebody waits for to pass the time. One that is raced against other work, continued, or blocked on has a meaning of its own when it is
    /// cancelled.
    /// </summary>
    private static DelayUse? UseOf(SyntaxNode call, SemanticModel model, CancellationToken cancellationToken)
    {
        var node = call;
        while (true)
        {
            switch (node.Parent)
            {
                case ParenthesizedExpressionSyntax or ConditionalExpressionSyntax:
                    node = node.Parent;
                    continue;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax configured }:
                    node = configured;
                    continue;
                case AwaitExpressionSyntax:
                    return DelayUse.Awaited;
                case ReturnStatementSyntax or ArrowExpressionClauseSyntax or LambdaExpressionSyntax:
                    return IsGivenToCaller(node.Parent, model, cancellationToken) ? DelayUse.Returned : null;
                case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator }:
                    return IsOnlyAwaited(declarator, model, cancellationToken) ? DelayUse.Awaited : null;
                default:
                    return null;
            }
        }
    }

    /// <summary>An arrow may stand for a statement whose task is dropped, which is another rule's.</summary>
    private static bool IsGivenToCaller(SyntaxNode exit, SemanticModel model, CancellationToken cancellationToken)
        => exit is ReturnStatementSyntax
           || (model.GetDeclaredSymbol(exit.Parent!, cancellationToken) ?? model.GetSymbolInfo(exit, cancellationToken).Symbol) switch
           {
               IMethodSymbol method => !method.ReturnsVoid,
               IPropertySymbol => true,
               _ => false,
           };

    private static bool IsOnlyAwaited(VariableDeclaratorSyntax declarator, SemanticModel model, CancellationToken cancellationToken)
    {
        if (model.GetDeclaredSymbol(declarator, cancellationToken) is not ILocalSymbol local)
            return false;
        var uses = FunctionContext.EnclosingFunction(declarator).DescendantNodes().OfType<IdentifierNameSyntax>()
            .Where(name => name.Identifier.ValueText == local.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, local)).ToList();
        return uses.Count > 0 && uses.All(static use => use.Parent is AwaitExpressionSyntax);
    }
}
