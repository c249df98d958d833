using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// The fix for SC2005: the wait runs in a shield with a timeout, and under its token. Taking a semaphore, which must not be given up while what follows goes on,
/// takes that into the shield as well.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2005CleanupUnderDeadTokenFix))]
public sealed class SC2005CleanupUnderDeadTokenFix : PlaceFix
{
    private const string Key = "structured.shield";
    private const string Timeout = "TimeSpan.FromSeconds(10)";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.CleanupUnderDeadToken);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (!context.Symbols.HasRuntime)
            return context.Refuse("the runtime is not referenced");
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call
            || context.Model.GetOperation(call, cancellationToken) is not IInvocationOperation operation)
        {
            return null;
        }

        if (KnownSymbols.Is(operation.TargetMethod.ContainingType, context.Symbols.CancelScope))
            return new PlaceEdit("Give the shield a timeout", Key, [Limit(call, operation)], ("System", "TimeSpan"));
        ExpressionSyntax whole = call;
        var configured = "";
        if (call.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax outer })
        {
            configured = "." + outer.ToString().Substring(outer.Expression.ToString().Length - "ConfigureAwait".Length);
            whole = outer;
        }

        if (whole.Parent is not AwaitExpressionSyntax awaited)
            return context.Refuse("it blocks its thread, and a shield is awaited");
        if (awaited.Parent is not ExpressionStatementSyntax statement)
            return context.Refuse("its result is used, and a shield may end without one");
        var isLock = operation.TargetMethod.Name == "WaitAsync" && KnownSymbols.Is(operation.TargetMethod.ContainingType, context.Symbols.SemaphoreSlim);
        if (WaitsInLoop(operation.TargetMethod, context, cancellationToken))
            return context.Refuse($"'{operation.TargetMethod.Name}' waits in a loop, which may well take longer than the limit of a shield");
        var name = context.FreshName("token", call.SpanStart, isLock ? statement.Parent! : statement);
        var changes = Tokens(call, context, cancellationToken).Select(token => new TextChange(token.Span, name)).ToList();
        if (isLock ? !ShieldRest(statement, name, configured, changes, context) : !ShieldCall(call, operation, name, changes, context))
            return context.Refuse(isLock ? "a shield would have to hold the rest of the block, up to the release, which returns or jumps out of it" : "something is awaited among its arguments: keep that in a variable first");
        return new PlaceEdit("Run it in 'CancelScope.ShieldAsync' with a timeout", Key, changes, (RuntimeNames.Namespace, "CancelScope"), ("System", "TimeSpan"));
    }

    /// <summary>Work that tries again until it succeeds is no cleanup that a few seconds are enough for.</summary>
    private static bool WaitsInLoop(IMethodSymbol method, PlaceContext context, CancellationToken cancellationToken)
    {
        foreach (var (declaration, model) in Sources.DeclarationsOf((method.ReducedFrom ?? method).OriginalDefinition, context.Model.Compilation, cancellationToken))
        {
            var task = KnownSymbols.For(model.Compilation).Task;
            foreach (var call in declaration.DescendantNodes(node => node == declaration || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<InvocationExpressionSyntax>())
            {
                if (call.Ancestors().TakeWhile(static node => node is not MemberDeclarationSyntax).Any(static node => node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax)
                    && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { Name: nameof(Task.Delay) } called && KnownSymbols.Is(called.ContainingType, task))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static TextChange Limit(InvocationExpressionSyntax shield, IInvocationOperation operation)
        => operation.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "timeout" && argument.ArgumentKind == ArgumentKind.Explicit)?.Syntax is ArgumentSyntax given
            ? new TextChange(given.Expression.Span, Timeout)
            : new TextChange(new TextSpan(shield.ArgumentList.Arguments.Last().Span.End, 0), ", " + Timeout);

    private static IEnumerable<ExpressionSyntax> Tokens(InvocationExpressionSyntax call, PlaceContext context, CancellationToken cancellationToken)
        => call.ArgumentList.Arguments.Select(static argument => argument.Expression).Where(argument => CancellableWork.IsLiveToken(argument, context.Model, context.Symbols, cancellationToken));

    private static bool ShieldCall(InvocationExpressionSyntax call, IInvocationOperation operation, string name, List<TextChange> changes, PlaceContext context)
    {
        // An await among the arguments would make the lambda asynchronous, and wait inside the shield.
        if (call.DescendantNodes().Any(static node => node is AwaitExpressionSyntax))
            return false;
        var (before, after) = Awaitables.IsTask(operation.Type, context.Symbols) ? ("", "")
            : Awaitables.IsValueTask(operation.Type, context.Symbols) ? ("", ".AsTask()")
            : ("await ", "");
        changes.Add(new TextChange(new TextSpan(call.SpanStart, 0), $"CancelScope.ShieldAsync({(before.Length > 0 ? "async " : "")}{name} => {before}"));
        changes.Add(new TextChange(new TextSpan(call.Span.End, 0), $"{after}, {Timeout})"));
        return true;
    }

    /// <summary>Everything from the wait to the end of its block, save a last jump.</summary>
    private static bool ShieldRest(ExpressionStatementSyntax first, string name, string configured, List<TextChange> changes, PlaceContext context)
    {
        if (first.Parent is not BlockSyntax block || !context.Layout.IsFirstOnLine(first.SpanStart))
            return false;
        var rest = block.Statements.SkipWhile(statement => statement != first).ToList();
        if (rest.Last() is ThrowStatementSyntax or ReturnStatementSyntax { Expression: null } or BreakStatementSyntax)
            rest.RemoveAt(rest.Count - 1);
        if (rest.Any(static statement => statement.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
                .Any(static node => node is ReturnStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or GotoStatementSyntax or YieldStatementSyntax or ThrowStatementSyntax { Expression: null } or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 })))
        {
            return false;
        }

        var indentation = context.Layout.IndentationAt(first.SpanStart);
        var last = rest.Last();
        changes.Add(new TextChange(new TextSpan(first.SpanStart, 0), $"await CancelScope.ShieldAsync(async {name} =>{context.Layout.NewLine}{indentation}{{{context.Layout.NewLine}{indentation}{context.Layout.Unit}"));
        changes.AddRange(context.Layout.Indent(TextSpan.FromBounds(first.SpanStart, last.Span.End), context.Text.Lines.GetLineFromPosition(first.SpanStart).LineNumber));
        changes.Add(new TextChange(new TextSpan(last.Span.End, 0), $"{context.Layout.NewLine}{indentation}}}, {Timeout}){configured};"));
        return true;
    }
}
