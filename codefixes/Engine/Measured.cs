using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Waits whose time is taken by a <c>Stopwatch</c>: of a test that compares ways to wait, they are the subject.</summary>
internal static class Measured
{
    public const string Reason = "the test measures how long it takes, which would be another time";

    private const string Stopwatch = "System.Diagnostics.Stopwatch";

    /// <summary>Whether the place is in the code of tests, between the start of a stopwatch and the next time that is read from it, in one member.</summary>
    public static bool Contains(SyntaxNode place, PlaceContext context, CancellationToken cancellationToken)
    {
        if (!TestMethod.AreIn(context.Model.Compilation) || context.Model.Compilation.GetTypeByMetadataName(Stopwatch) is not { } stopwatch)
            return false;
        SyntaxNode member = place.FirstAncestorOrSelf<MemberDeclarationSyntax>(static each => each is not GlobalStatementSyntax) ?? context.Root;
        var uses = member.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Select(access => (Access: access, Member: context.Model.GetSymbolInfo(access, cancellationToken).Symbol))
            .Where(use => KnownSymbols.Is(use.Member?.ContainingType, stopwatch))
            .Select(use => (use.Access, use.Member!.Name, Watch: WatchOf(use.Access)))
            .Where(static use => use.Watch is not null || use.Name is "GetTimestamp" or "GetElapsedTime").ToLookup(static use => use.Watch, SymbolEqualityComparer.Default);
        // What each watch, or the clock itself, was last told before the place, and what it is asked next.
        return uses.Any(watch => watch.LastOrDefault(use => use.Access.Span.End <= place.SpanStart && IsChange(use.Name)).Name is "StartNew" or "Start" or "Restart" or "GetTimestamp"
            && watch.FirstOrDefault(use => use.Access.SpanStart >= place.Span.End && use.Name != "Stop").Name is "Elapsed" or "ElapsedMilliseconds" or "ElapsedTicks" or "GetElapsedTime" or "GetTimestamp");

        ISymbol? WatchOf(MemberAccessExpressionSyntax access)
            => context.Model.GetSymbolInfo(access, cancellationToken).Symbol is { IsStatic: true }
                ? access.Parent is InvocationExpressionSyntax { Parent: var parent }
                    ? parent switch
                    {
                        EqualsValueClauseSyntax { Parent: { } declarator } => Watch(context.Model.GetDeclaredSymbol(declarator, cancellationToken)),
                        AssignmentExpressionSyntax assignment => Watch(context.Model.GetSymbolInfo(assignment.Left, cancellationToken).Symbol),
                        _ => null,
                    }
                    : null
                : context.Model.GetSymbolInfo(access.Expression, cancellationToken).Symbol;

        // A moment that is kept is read from the clock, not from what keeps it.
        ISymbol? Watch(ISymbol? symbol)
            => KnownSymbols.Is(KnownSymbols.TypeOf(symbol), stopwatch) ? symbol : null;
    }

    private static bool IsChange(string name) => name is "StartNew" or "Start" or "Restart" or "Stop" or "Reset" or "GetTimestamp";
}
