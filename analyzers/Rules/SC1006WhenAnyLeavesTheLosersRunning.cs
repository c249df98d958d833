using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>SC1006: work that lost a race in <c>Task.WhenAny</c> is neither cancelled nor awaited on some way to the end of the function.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1006WhenAnyLeavesTheLosersRunning : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1006WhenAnyLeavesTheLosersRunning()
        : base(Descriptors.WhenAnyLeavesTheLosersRunning)
    {
    }

    private protected override void Register(RuleContext context)
        => context.Start.RegisterOperationBlockAction(block => Analyze(block, context));

    private static void Analyze(OperationBlockAnalysisContext context, RuleContext rule)
    {
        foreach (var block in context.OperationBlocks)
        {
            if (block.SemanticModel is not { } model || CallsIn(block.Syntax, context.CancellationToken) is not { IsEmpty: false } found)
                continue;
            // Graphs are made only for functions that race work of their own, which are few.
            var functions = ImmutableDictionary.CreateRange(
                found.GroupBy(call => FlowGraphs.FunctionAround(call, block.Syntax))
                    .Select(calls => (calls.Key, Races: FunctionRaces.Of(calls, model, rule, context.CancellationToken)))
                    .Where(static each => each.Races is not null)
                    .Select(static each => new KeyValuePair<SyntaxNode, FunctionRaces>(each.Key, each.Races!)));
            if (functions.IsEmpty)
                continue;
            foreach (var graph in FlowGraphs.Of(functions.Keys.ToImmutableHashSet(), block.Syntax, context.GetControlFlowGraph(block), context.CancellationToken))
                Report(functions[FlowGraphs.FunctionOf(graph, block.Syntax)], graph, model, context, rule);
        }
    }

    private static ImmutableArray<InvocationExpressionSyntax> CallsIn(SyntaxNode member, CancellationToken cancellationToken)
    {
        var calls = ImmutableArray<InvocationExpressionSyntax>.Empty;
        foreach (var name in FileIndex.NamesIn(member, "WhenAny", cancellationToken))
        {
            if (AsyncCode.CallAt(name) is { } call)
                calls = calls.Add(call);
        }

        return calls;
    }

    private static void Report(FunctionRaces function, ControlFlowGraph graph, SemanticModel model, OperationBlockAnalysisContext context, RuleContext rule)
    {
        foreach (var race in UnattendedLosers.Find(graph, function.Found, function.Locals, model, rule.Symbols, context.CancellationToken).GroupBy(static each => each.Race))
            context.Report(Diagnostic.Create(Descriptors.WhenAnyLeavesTheLosersRunning, race.Key.Call.GetLocation(), PlaceOf(race.First().Loser), NameOf(race.First().Loser)));
    }

    /// <summary>The races of a function between tasks that it started.</summary>
    private sealed record FunctionRaces(ImmutableArray<Race> Found, TaskLocals Locals)
    {
        /// <summary>Null for a function without such a race, and one that is not judged.</summary>
        public static FunctionRaces? Of(IEnumerable<InvocationExpressionSyntax> candidates, SemanticModel model, RuleContext rule, CancellationToken cancellationToken)
        {
            var calls = candidates.Where(call => Races.IsWhenAny(call, model, rule.Symbols, cancellationToken) && !call.ContainsDiagnostics).ToList();
            if (calls.Count == 0)
                return null;
            var function = FunctionContext.Of(calls[0], model, rule.Symbols, cancellationToken);
            if (function.Symbol is { } symbol && rule.Settings.IsDetached(symbol, receiver: null, calls[0].SyntaxTree))
                return null;
            var locals = TaskLocals.Of(function.Node, model, rule, cancellationToken);
            var among = new Races(locals, model, rule.Symbols, cancellationToken);
            var races = calls.Where(call => !IsEndOfProgram(call, function)).Select(among.Of).OfType<Race>().ToImmutableArray();
            return races.IsEmpty ? null : new FunctionRaces(races, locals);
        }
    }

    /// <summary>What runs when the program's last statement is through ends with the process.</summary>
    private static bool IsEndOfProgram(InvocationExpressionSyntax call, FunctionContext function)
    {
        if (function.Role != FunctionRole.EntryPoint || call.FirstAncestorOrSelf<StatementSyntax>() is not ExpressionStatementSyntax statement)
            return false;
        return statement.Parent switch
        {
            BlockSyntax block => block.Parent == function.Node && block.Statements.Last(static each => each is not LocalFunctionStatementSyntax) == statement,
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => unit.Members.OfType<GlobalStatementSyntax>().Select(static member => member.Statement).Last(static each => each is not LocalFunctionStatementSyntax) == statement,
            _ => false,
        };
    }

    private static IEnumerable<Location> PlaceOf(Racer loser) => loser.Local is { } local ? RelatedPlaces.Declaration(local) : [loser.Syntax.GetLocation()];

    private static string NameOf(Racer loser)
        => loser.Local is { } local
            ? $"'{local.Name}'"
            : loser.Syntax.DescendantNodesAndSelf().OfType<InvocationExpressionSyntax>().FirstOrDefault() is { } call
                ? call.Expression switch
                {
                    MemberAccessExpressionSyntax access => $"'{access.Name.Identifier.ValueText}'",
                    SimpleNameSyntax name => $"'{name.Identifier.ValueText}'",
                    _ => "The work",
                }
                : "The work";
}
