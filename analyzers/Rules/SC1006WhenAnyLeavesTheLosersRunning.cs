using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
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
            // Graphs are made only for members that hold a race, which are few.
            if (block.SemanticModel is not { } model || FunctionsWithRace(block.Syntax, context.CancellationToken) is not { IsEmpty: false } functions)
                continue;
            foreach (var graph in FlowGraphs.Of(functions, block.Syntax, context.GetControlFlowGraph(block), context.CancellationToken))
                AnalyzeFunction(graph, model, context, rule);
        }
    }

    private static ImmutableHashSet<SyntaxNode> FunctionsWithRace(SyntaxNode member, CancellationToken cancellationToken)
    {
        var functions = ImmutableHashSet<SyntaxNode>.Empty;
        foreach (var name in FileIndex.NamesIn(member, "WhenAny", cancellationToken))
        {
            if (Races.MayBeWhenAny(name.Parent) || Races.MayBeWhenAny(name.Parent?.Parent))
                functions = functions.Add(FlowGraphs.FunctionAround(name, member));
        }

        return functions;
    }

    private static void AnalyzeFunction(ControlFlowGraph graph, SemanticModel model, OperationBlockAnalysisContext context, RuleContext rule)
    {
        var calls = graph.Blocks.SelectMany(static block => block.BranchValue is null ? block.Operations : block.Operations.Add(block.BranchValue))
            .SelectMany(static operation => operation.DescendantsAndSelf()).OfType<IInvocationOperation>()
            .Select(static operation => operation.Syntax).OfType<InvocationExpressionSyntax>().Distinct()
            .Where(call => Races.IsWhenAny(call, model, rule.Symbols, context.CancellationToken) && !call.ContainsDiagnostics).ToList();
        if (calls.Count == 0)
            return;
        var function = FunctionContext.Of(calls[0], model, rule.Symbols, context.CancellationToken);
        if (function.Symbol is { } symbol && rule.Settings.IsDetached(symbol, receiver: null, calls[0].SyntaxTree))
            return;
        var locals = new TaskLocals(function.Node, model, rule.Symbols, rule.Settings, context.CancellationToken);
        var endings = new WorkEndings(locals, model, rule.Symbols, context.CancellationToken);
        var among = new Races(locals, endings, model, rule.Symbols, context.CancellationToken);
        var races = calls.Where(call => !IsEndOfProgram(call, function)).Select(among.Of).OfType<Race>().ToImmutableArray();
        if (races.IsEmpty)
            return;
        foreach (var race in UnattendedLosers.Find(graph, races, locals, endings, model, rule.Symbols, context.CancellationToken).GroupBy(static each => each.Race))
            context.Report(Diagnostic.Create(Descriptors.WhenAnyLeavesTheLosersRunning, race.Key.Call.GetLocation(), PlaceOf(race.First().Loser), NameOf(race.First().Loser)));
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
