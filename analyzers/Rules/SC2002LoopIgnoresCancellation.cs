using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>SC2002: a loop does real work, a token is in reach, and nothing in the loop observes it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2002LoopIgnoresCancellation : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC2002LoopIgnoresCancellation()
        : base(Descriptors.LoopIgnoresCancellation)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var work = new LoopWork(context.Symbols);
        var checkpoints = new Checkpoints(context.Symbols, context.Settings);
        var observation = new CancellationObservation(context.Symbols, checkpoints);
        var asyncCode = AsyncCode.For(context.Compilation);
        context.Start.RegisterOperationAction(operation => Analyze(operation, context, work, observation, endless => HasNoCheckpoint(endless, operation, context, asyncCode, checkpoints)), OperationKind.Loop);
    }

    private static void Analyze(OperationAnalysisContext context, RuleContext rule, LoopWork work, CancellationObservation observation, Func<EndlessLoop, bool> hasNoCheckpoint)
    {
        var loop = (ILoopOperation)context.Operation;
        if (loop.Syntax is not StatementSyntax statement || LoopWork.IsHandful(loop))
            return;
        var awaits = work.Awaits(loop);
        if (!awaits && (!HasTokenParameter(FunctionOf(context), rule.Symbols) || !work.Calls(loop, context.CancellationToken) || MayEndByItself(loop, statement, rule, context)))
            return;
        // The innermost loop is where the cancellation has to be looked at.
        if (LoopWork.Own(loop).OfType<ILoopOperation>().Any(inner => inner != loop && !LoopWork.IsHandful(inner) && (work.Awaits(inner) || !awaits && work.Calls(inner, context.CancellationToken))))
            return;

        var model = loop.SemanticModel!;
        var endless = EndlessLoop.Of(statement, model, context.CancellationToken);
        if (Cleanup.ContainsWithHandlers(statement, model, rule.Symbols, context.CancellationToken)
            || SensibleToken.At(statement, model, rule.Symbols, context.CancellationToken) is not { } sensible
            || !IsMeant(sensible, loop, statement, awaits, rule, context)
            || observation.In(loop, sensible, context.CancellationToken) || endless is not { HasExit: false } && IsPartOfTurn(loop, sensible, observation, context)
            || endless is not null && hasNoCheckpoint(endless)
            // SC2009 says so, and passes the token.
            || loop is IForEachLoopOperation walk && SC2009AsyncIteratorIgnoresItsConsumersToken.MissingToken(walk, rule.Symbols, context.CancellationToken) is not null)
        {
            return;
        }

        context.Report(Diagnostic.Create(
            Descriptors.LoopIgnoresCancellation,
            statement.GetFirstToken().GetLocation(),
            RelatedPlaces.Declaration(sensible.Symbol),
            sensible.Token is null ? "the cancellation of the scope around it" : $"'{sensible.Token}'"));
    }

    private static IMethodSymbol? FunctionOf(OperationAnalysisContext context)
    {
        for (var around = context.Operation.Parent; around is not null; around = around.Parent)
        {
            switch (around)
            {
                case IAnonymousFunctionOperation lambda:
                    return lambda.Symbol;
                case ILocalFunctionOperation local:
                    return local.Symbol;
            }
        }

        return context.ContainingSymbol as IMethodSymbol;
    }

    /// <summary>A loop that does not wait is asked for no other token than that of its own function's parameters.</summary>
    private static bool HasTokenParameter(IMethodSymbol? function, KnownSymbols symbols)
        => function is not null && function.Parameters.Any(parameter => TokensInReach.IsToken(parameter.Type, symbols));

    /// <summary>
    /// A token parameter is a promise to look at it. Other tokens are meant for what waits, and one that a parameter carries for loops with no end in sight, or where the
    /// function uses it.
    /// </summary>
    private static bool IsMeant(SensibleToken sensible, ILoopOperation loop, StatementSyntax statement, bool awaits, RuleContext rule, OperationAnalysisContext context)
    {
        var model = loop.SemanticModel!;
        if (sensible.Symbol is not { } symbol)
            return awaits;
        if (SensibleToken.IsOutlived(symbol, statement, model, rule.Symbols, context.CancellationToken))
            return false;
        if (symbol is IParameterSymbol parameter)
        {
            if (TokensInReach.IsToken(parameter.Type, rule.Symbols))
                return awaits || SymbolEqualityComparer.Default.Equals(parameter.ContainingSymbol, FunctionOf(context));
            return awaits && (loop is IWhileLoopOperation || FunctionContext.EnclosingFunction(statement).DescendantNodes().OfType<ExpressionSyntax>().Any(each => each.ToString() == sensible.Token));
        }

        return awaits && SensibleToken.IsMeantForFunction(symbol, statement, model, context.CancellationToken);
    }

    /// <summary>A synchronous loop that parses, drains or exchanges ends by itself; a sequence is walked as far as its reader likes.</summary>
    private static bool MayEndByItself(ILoopOperation loop, StatementSyntax statement, RuleContext rule, OperationAnalysisContext context)
    {
        if (BlockingCalls.In(statement, loop.SemanticModel!, rule.Symbols, context.CancellationToken))
            return false;
        return statement.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(node => node is YieldStatementSyntax || EndlessLoop.Leaves(node, statement))
               || loop is IWhileLoopOperation { Condition: { } condition } && condition.DescendantsAndSelf().OfType<IInvocationOperation>().Any(call => KnownSymbols.Is(call.TargetMethod.ContainingType, rule.Symbols.Interlocked));
    }

    /// <summary>Endless loops that SC2001 reports: it asks for a checkpoint on every way round.</summary>
    private static bool HasNoCheckpoint(EndlessLoop endless, OperationAnalysisContext context, RuleContext rule, AsyncCode asyncCode, Checkpoints checkpoints)
    {
        var model = context.Operation.SemanticModel!;
        var (judged, enough) = LoopsWithoutCheckpoint.Judged(ImmutableArray.Create(endless), model, rule, asyncCode, checkpoints, context.CancellationToken);
        if (judged.IsEmpty)
            return false;
        var member = context.GetControlFlowGraph();
        var code = member.OriginalOperation.Syntax;
        return FlowGraphs.Of(ImmutableHashSet.Create(FlowGraphs.FunctionAround(endless.Syntax, code)), code, member, context.CancellationToken)
            .Any(graph => LoopsWithoutCheckpoint.Find(graph, judged, checkpoints, enough, context.CancellationToken).Any());
    }

    /// <summary>A bounded loop inside one that observes the cancellation ends soon enough.</summary>
    private static bool IsPartOfTurn(ILoopOperation loop, SensibleToken sensible, CancellationObservation observation, OperationAnalysisContext context)
    {
        for (var outer = loop.Parent; outer is not null and not (IAnonymousFunctionOperation or ILocalFunctionOperation); outer = outer.Parent)
        {
            if (outer is ILoopOperation around && observation.In(around, sensible, context.CancellationToken))
                return true;
        }

        return false;
    }
}
