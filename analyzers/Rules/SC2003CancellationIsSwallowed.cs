using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>SC2003: a handler catches the cancellation of its own code, which then goes on.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2003CancellationIsSwallowed : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC2003CancellationIsSwallowed()
        : base(Descriptors.CancellationIsSwallowed)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var checkpoints = new Checkpoints(context.Symbols, context.Settings);
        context.Start.RegisterOperationBlockAction(block => Analyze(block, context, checkpoints));
    }

    private static void Analyze(OperationBlockAnalysisContext context, RuleContext rule, Checkpoints checkpoints)
    {
        foreach (var block in context.OperationBlocks)
        {
            if (block.SemanticModel is not { } model)
                continue;
            // Graphs are made only for members with a handler in question.
            var found = SuspectsIn(block.Syntax, model, rule.Symbols, checkpoints, context.CancellationToken).ToList();
            if (found.Count == 0)
                continue;
            var suspects = found.ToLookup(suspect => FlowGraphs.FunctionAround(suspect.Statement, block.Syntax));
            foreach (var graph in FlowGraphs.Of(suspects.Select(static each => each.Key).ToImmutableHashSet(), block.Syntax, context.GetControlFlowGraph(block), context.CancellationToken))
                AnalyzeFunction(suspects[FlowGraphs.FunctionOf(graph, block.Syntax)], graph, model, context, rule, checkpoints);
        }
    }

    private static void AnalyzeFunction(IEnumerable<Suspect> suspects, ControlFlowGraph graph, SemanticModel model, OperationBlockAnalysisContext context, RuleContext rule, Checkpoints checkpoints)
    {
        var handlers = suspects.Select(suspect => HandlerOf(suspect, graph)).OfType<CancellationHandler>().ToImmutableArray();
        if (handlers.IsEmpty)
            return;
        var function = FunctionContext.Of(handlers[0].Statement, model, rule.Symbols, context.CancellationToken);
        if (function.Role == FunctionRole.EntryPoint || IsEventHandler(function.Symbol, rule.Symbols))
            return;
        foreach (var batch in Batches.Of(handlers))
            AnalyzeHandlers(batch, function, graph, model, context, rule, checkpoints);
    }

    private static void AnalyzeHandlers(ImmutableArray<CancellationHandler> handlers, FunctionContext function, ControlFlowGraph graph, SemanticModel model, OperationBlockAnalysisContext context, RuleContext rule, Checkpoints checkpoints)
    {
        if (SwallowedCancellations.Find(graph, handlers, checkpoints, rule.Symbols, context.CancellationToken) is not { } answers)
            return;
        for (var index = 0; index < handlers.Length; index++)
        {
            var what = answers[index] switch
            {
                WentOn.Repeated => "runs the cancelled work again",
                _ when handlers[index].KeepsFailure => null,
                WentOn.Continued => "goes on after the 'try'",
                WentOn.ReturnedValue => "returns a value",
                WentOn.Ended when !handlers[index].IsExplicit && IsAwaited(function, model, rule.Symbols, context.CancellationToken) => "ends as if it had succeeded",
                _ => null,
            };
            if (what is not null && !AsyncCode.For(model.Compilation).IsPartOfEntryPoint(function, context.CancellationToken))
                context.Report(Diagnostic.Create(Descriptors.CancellationIsSwallowed, handlers[index].Clause.CatchKeyword.GetLocation(), what));
        }
    }

    /// <summary>A handler that takes cancellations of its own code, as far as that can be told without a graph: the clause of that index.</summary>
    private sealed record Suspect(TryStatementSyntax Statement, int Index, bool IsExplicit, bool IsOfObject);

    private static IEnumerable<Suspect> SuspectsIn(SyntaxNode member, SemanticModel model, KnownSymbols symbols, Checkpoints checkpoints, CancellationToken cancellationToken)
    {
        foreach (var statement in FileIndex.HandledIn(member, cancellationToken))
        {
            if (statement.Catches.All(LeavesOnlyByThrowing))
                continue;
            var function = FunctionThatEndsWith(statement, cancellationToken);
            // Who only ends may do so where nobody waits for it, and where the handler names cancellations.
            var mayEnd = function is not null && !MayBeAwaited(function);
            if (mayEnd && !statement.Catches.Any(ReturnsValue))
                continue;
            var clauses = CancellationHandlers.Of(statement, model, symbols, cancellationToken)
                .Where(each => !LeavesOnlyByThrowing(each.Clause) && !(function is not null && !ReturnsValue(each.Clause) && (mayEnd || CancellationHandlers.IsExplicit(each.Clause, model, symbols, cancellationToken)))).ToList();
            if (clauses.Count == 0)
                continue;
            if (CancellationHandlers.IsBehindFailure(statement))
                continue;
            var work = CancellableWork.In(statement.Block, model, symbols, checkpoints, cancellationToken);
            if (work.All(static each => each.Owner == CancellationOwner.Work))
                continue;
            var tokens = CancellableWork.TokensOfCode(statement.Block, model, symbols, cancellationToken).ToList();
            var isOfObject = tokens.Count > 0 && tokens.All(token => IsOfObject(token, model, symbols, cancellationToken));
            var onlyWaits = OnlyWaits(statement.Block, model, symbols, cancellationToken);
            foreach (var (clause, index) in clauses)
            {
                var isExplicit = onlyWaits || CancellationHandlers.IsExplicit(clause, model, symbols, cancellationToken);
                // Who names cancellations and has a source of his own in the play may well mean that one.
                if (!(isExplicit && work.All(static each => each.Owner != CancellationOwner.Code)) && !SortsItOut(clause, isExplicit, model, symbols, cancellationToken))
                    yield return new Suspect(statement, index, isExplicit, isOfObject);
            }
        }
    }

    private static IEnumerable<SyntaxNode> CodeOf(SyntaxNode block) => block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax));

    /// <summary><c>try { await gate.WaitAsync(token); } catch { return; }</c>: nothing can fail there but that it is cancelled, so that is what the handler was written for.</summary>
    private static bool OnlyWaits(BlockSyntax block, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (block.Statements.Count != 1 || block.Statements[0] is not ExpressionStatementSyntax { Expression: AwaitExpressionSyntax { Expression: InvocationExpressionSyntax call } })
            return false;
        if (call is { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: InvocationExpressionSyntax inner } })
            call = inner;
        return call.DescendantNodes().All(static node => node is not InvocationExpressionSyntax) && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol method
               && method.Name == "WaitAsync" && KnownSymbols.Is(method.ContainingType, symbols.SemaphoreSlim);
    }

    /// <summary><c>if (!abort) throw;</c>: whether failures are let through is the caller's choice, or the object's, and who chose that they are not means all of them.</summary>
    private static bool IsLeftToCaller(CatchClauseSyntax clause, SemanticModel model, CancellationToken cancellationToken)
        => CodeOf(clause.Block).OfType<ThrowStatementSyntax>().Any(rethrow => rethrow.Expression is null
            && (rethrow.Parent is BlockSyntax { Statements.Count: 1 } block ? block.Parent : rethrow.Parent) is IfStatementSyntax { Condition: var condition } && IsChoice(condition, model, cancellationToken));

    /// <summary>Of what nothing changes from one try to the next: what a loop counts is no such choice.</summary>
    private static bool IsChoice(ExpressionSyntax condition, SemanticModel model, CancellationToken cancellationToken)
        => condition switch
        {
            ParenthesizedExpressionSyntax inner => IsChoice(inner.Expression, model, cancellationToken),
            PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } not => IsChoice(not.Operand, model, cancellationToken),
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } test when IsLiteral(test.Left) => IsChoice(test.Right, model, cancellationToken),
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } test when IsLiteral(test.Right) => IsChoice(test.Left, model, cancellationToken),
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression or (int)SyntaxKind.LogicalOrExpression } both => IsChoice(both.Left, model, cancellationToken) && IsChoice(both.Right, model, cancellationToken),
            IsPatternExpressionSyntax { Pattern: ConstantPatternSyntax { Expression: var value } } test when IsLiteral(value) => IsChoice(test.Expression, model, cancellationToken),
            IdentifierNameSyntax or MemberAccessExpressionSyntax => model.GetSymbolInfo(condition, cancellationToken).Symbol is IParameterSymbol { Type.SpecialType: SpecialType.System_Boolean } or IFieldSymbol { IsReadOnly: true, Type.SpecialType: SpecialType.System_Boolean },
            _ => false,
        };

    private static bool IsLiteral(ExpressionSyntax value) => value.RawKind is (int)SyntaxKind.TrueLiteralExpression or (int)SyntaxKind.FalseLiteralExpression;

    /// <summary>What throws on every way through swallows nothing.</summary>
    private static bool LeavesOnlyByThrowing(CatchClauseSyntax clause)
        => clause.Block.Statements.LastOrDefault() is ThrowStatementSyntax
           && (clause.Block.Statements.All(static statement => statement is ThrowStatementSyntax or ExpressionStatementSyntax or LocalDeclarationStatementSyntax)
               || !CodeOf(clause.Block).Any(static node => node is ReturnStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or GotoStatementSyntax or YieldStatementSyntax));

    /// <summary>The function that is over when the <c>try</c> is, whatever ends that; null where more may follow, or the same again.</summary>
    private static SyntaxNode? FunctionThatEndsWith(TryStatementSyntax statement, CancellationToken cancellationToken)
    {
        for (SyntaxNode node = statement; ; node = node.Parent!)
        {
            switch (node.Parent)
            {
                case BlockSyntax block when block.Statements.SkipWhile(each => each != node).Skip(1).All(static next => next is LocalFunctionStatementSyntax or ReturnStatementSyntax { Expression: null }):
                case IfStatementSyntax or ElseClauseSyntax or UsingStatementSyntax or LockStatementSyntax or TryStatementSyntax or CatchClauseSyntax:
                    continue;
                case AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax:
                    return FileIndex.MayHave(node, "goto", cancellationToken) ? null : node.Parent;
                default:
                    return null;
            }
        }
    }

    private static bool ReturnsValue(CatchClauseSyntax clause)
        => CodeOf(clause.Block).Any(static node => node is ReturnStatementSyntax { Expression: not null });

    private static bool MayBeAwaited(SyntaxNode function)
        => FunctionContext.IsNamedAsync(function) && function is not (MethodDeclarationSyntax { ReturnType: PredefinedTypeSyntax } or LocalFunctionStatementSyntax { ReturnType: PredefinedTypeSyntax });

    private static CancellationHandler? HandlerOf(Suspect suspect, ControlFlowGraph graph)
    {
        var clause = suspect.Statement.Catches[suspect.Index];
        var handler = RegionOf(graph, suspect.Statement)?.NestedRegions.Where(static each => each.Kind is ControlFlowRegionKind.Catch or ControlFlowRegionKind.FilterAndHandler).ElementAtOrDefault(suspect.Index);
        return handler is { Kind: ControlFlowRegionKind.Catch }
            ? new CancellationHandler(suspect.Statement, clause, handler.FirstBlockOrdinal, suspect.IsExplicit, suspect.IsOfObject, KeepsFailureInItem(clause), MarksOf(clause))
            : null;
    }

    /// <summary>A token that the object keeps, or that of a source it keeps.</summary>
    private static bool IsOfObject(ExpressionSyntax token, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var kept = token is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token" } access && TokensInReach.IsSource(model.GetTypeInfo(access.Expression, cancellationToken).Type, symbols) ? access.Expression : token;
        if (kept is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } suppressed)
            kept = suppressed.Operand;
        return kept is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or BaseExpressionSyntax }
               && model.GetSymbolInfo(kept, cancellationToken).Symbol is IFieldSymbol or IPropertySymbol;
    }

    private static ImmutableHashSet<string> MarksOf(CatchClauseSyntax clause)
        => clause.Block.DescendantNodes().OfType<AssignmentExpressionSyntax>().Select(static assignment => assignment.Left).OfType<IdentifierNameSyntax>().Select(static name => name.Identifier.ValueText).ToImmutableHashSet();

    /// <summary>The region of a <c>try</c>: as deep among the regions around something in it as the statement is among the statements around that.</summary>
    private static ControlFlowRegion? RegionOf(ControlFlowGraph graph, TryStatementSyntax statement)
    {
        foreach (var block in graph.Blocks)
        {
            if ((block.Operations.FirstOrDefault() ?? block.BranchValue) is not { } operation || operation.Syntax.SyntaxTree != statement.SyntaxTree || !statement.Block.Span.Contains(operation.Syntax.Span))
                continue;
            var depth = operation.Syntax.Ancestors().OfType<TryStatementSyntax>().TakeWhile(each => each != statement).Count(each => each.Catches.Count > 0 && each.Block.Span.Contains(operation.Syntax.Span));
            for (var region = block.EnclosingRegion; region.Kind != ControlFlowRegionKind.Root && region.EnclosingRegion is { } parent; region = parent)
            {
                if (region.Kind == ControlFlowRegionKind.Try && parent.Kind == ControlFlowRegionKind.TryAndCatch && depth-- == 0)
                    return parent;
            }
        }

        return null;
    }

    /// <summary>A handler that asks what it caught, keeps it for later, or, where it is for cancellations, leaves or notes down what happened.</summary>
    private static bool SortsItOut(CatchClauseSyntax clause, bool isExplicit, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (isExplicit && CodeOf(clause.Block).Any(static node => node is BreakStatementSyntax or AssignmentExpressionSyntax or GotoStatementSyntax or ReturnStatementSyntax { Expression: null } or YieldStatementSyntax { RawKind: (int)SyntaxKind.YieldBreakStatement }))
        {
            return true;
        }

        if (IsLeftToCaller(clause, model, cancellationToken) || CancellationHandlers.SpeaksOfCancellation(clause.Block, model, symbols, cancellationToken))
            return true;
        if (clause.Declaration?.Identifier.ValueText is not { Length: > 0 } name)
            return false;
        foreach (var use in clause.Block.DescendantNodes().OfType<IdentifierNameSyntax>().Where(each => each.Identifier.ValueText == name))
        {
            // `if (e is IOException)` asks for something else; which way a cancellation takes there is known.
            if (ExceptionTypeTests.AskedBy(use) is { } test && ExceptionTypeTests.IsForeign(test, model, symbols, cancellationToken))
                continue;
            foreach (var ancestor in use.AncestorsAndSelf().TakeWhile(node => node != clause.Block))
            {
                if (ancestor.Parent is IfStatementSyntax choice && choice.Condition == ancestor
                    || ancestor.Parent is SwitchStatementSyntax cases && cases.Expression == ancestor
                    || ancestor.Parent is ConditionalExpressionSyntax other && other.Condition == ancestor
                    || ancestor.Parent is IsPatternExpressionSyntax or SwitchExpressionSyntax or BinaryExpressionSyntax { RawKind: (int)SyntaxKind.IsExpression or (int)SyntaxKind.AsExpression }
                    || ancestor.Parent is AssignmentExpressionSyntax assignment && assignment.Right == ancestor && ancestor is IdentifierNameSyntax && !IsOfLoopItem(assignment.Left, clause))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether what was caught becomes the outcome of one item of a loop (<c>item.Error = exception</c>), which nobody looks at before the loop turns to the next.</summary>
    private static bool KeepsFailureInItem(CatchClauseSyntax clause)
        => clause.Block.DescendantNodes().OfType<AssignmentExpressionSyntax>().Any(assignment => assignment.Right is IdentifierNameSyntax value
            && value.Identifier.ValueText == clause.Declaration?.Identifier.ValueText && IsOfLoopItem(assignment.Left, clause));

    private static bool IsOfLoopItem(ExpressionSyntax target, CatchClauseSyntax clause)
        => target is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax item }
           && clause.Ancestors().TakeWhile(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax))
               .OfType<ForEachStatementSyntax>().Any(loop => loop.Identifier.ValueText == item.Identifier.ValueText);

    private static bool IsEventHandler(IMethodSymbol? method, KnownSymbols symbols)
        => method is { ReturnsVoid: true, Parameters.Length: 2 } && method.Parameters[0].Type.SpecialType == SpecialType.System_Object
           && (KnownSymbols.IsOrDerivesFrom(method.Parameters[1].Type, symbols.EventArgs) || method.Parameters[1].Type.Name.EndsWith("EventArgs", System.StringComparison.Ordinal));

    /// <summary>Whether somebody goes on behind the function's end. A body that is started as a task of its own only ends there.</summary>
    private static bool IsAwaited(FunctionContext function, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (function.Kind != FunctionKind.Async || function.Symbol is not { ReturnsVoid: false } method || function.IsAnonymous || Awaitables.ResultType(method.ReturnType, symbols) is not null)
            return false;
        if (method.MethodKind is not (MethodKind.LocalFunction or MethodKind.Ordinary) || IsCalledFromOutside(method))
            return false;
        if (method.MethodKind != MethodKind.LocalFunction && method.DeclaredAccessibility != Accessibility.Private)
            return true;
        var scope = method.MethodKind == MethodKind.LocalFunction ? FunctionContext.EnclosingFunction(function.Node.Parent!) : function.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        return scope is not null && FileIndex.NamesIn(scope, method.Name, cancellationToken)
            .Any(name => name.FirstAncestorOrSelf<AwaitExpressionSyntax>() is { } each && Awaits(each, method, model, cancellationToken));
    }

    private static bool Awaits(AwaitExpressionSyntax each, IMethodSymbol method, SemanticModel model, CancellationToken cancellationToken)
    {
        var call = each.Expression;
        if (call is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: InvocationExpressionSyntax inner } })
            call = inner;
        return call is InvocationExpressionSyntax && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol target && SymbolEqualityComparer.Default.Equals(target.OriginalDefinition, method.OriginalDefinition);
    }

    /// <summary>A contract that another assembly declares: who calls it, and what becomes of the task, is not to be seen.</summary>
    private static bool IsCalledFromOutside(IMethodSymbol method)
    {
        for (var overridden = method.OverriddenMethod; overridden is not null; overridden = overridden.OverriddenMethod)
        {
            if (overridden.DeclaringSyntaxReferences.IsEmpty)
                return true;
        }

        return method.ContainingType.AllInterfaces.Where(static contract => contract.DeclaringSyntaxReferences.IsEmpty)
            .SelectMany(contract => contract.GetMembers().OfType<IMethodSymbol>())
            .Any(member => SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method));
    }
}
