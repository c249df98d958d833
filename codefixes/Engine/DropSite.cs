using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>A dropped task in one version of a document, with everything the actions ask about it.</summary>
internal sealed class DropSite
{
    private DropSite(DroppedResult dropped, InvocationExpressionSyntax call, ExpressionSyntax expression, SyntaxNode owner, FunctionContext function, bool isPoolWork)
    {
        Dropped = dropped;
        Call = call;
        Expression = expression;
        Owner = owner;
        Function = function;
        IsPoolWork = isPoolWork;
    }

    public DroppedResult Dropped { get; }

    /// <summary>The call that makes the task.</summary>
    public InvocationExpressionSyntax Call { get; }

    /// <summary>The whole dropped expression: the call and what is chained to it, without <c>_ =</c>.</summary>
    public ExpressionSyntax Expression { get; }

    /// <summary>What the dropped expression stands in: its statement, or the expression body.</summary>
    public SyntaxNode Owner { get; }

    public FunctionContext Function { get; }

    /// <summary>Whether the call queues work to the thread pool, or gives it a thread.</summary>
    public bool IsPoolWork { get; }

    /// <summary>The delegate that is queued.</summary>
    public IOperation? Work => UnstructuredStart.WorkOf(Dropped.Call);

    /// <summary>What is replaced: from here to the expression stands <c>_ =</c>, <c>var ignored =</c>, or nothing.</summary>
    public int Start => Owner.SpanStart;

    /// <summary>Whether nothing but the call itself was written: it was rather forgotten than meant to be dropped.</summary>
    public bool IsBareCall => Dropped.Kind == DropKind.Statement && !IsPoolWork;

    /// <summary>Whether the function ends with it: there is nothing left that it could overlap with.</summary>
    public bool IsLast
        => Owner is StatementSyntax statement && (statement.Parent?.Parent == Function.Node || statement.Parent is GlobalStatementSyntax) && TaskStatements.ListOf(statement) is { } list
           && list.SkipWhile(each => each != statement).Skip(1).All(static each => each is LocalFunctionStatementSyntax);

    /// <summary>Whether it is <c>Task.Run(() => FooAsync())</c>, or what a factory queues and unwraps, with nothing but a call to queue.</summary>
    public bool IsQueuedCall(KnownSymbols symbols)
        => IsPoolWork
           && Call.ArgumentList.Arguments.Count > 0
           && Call.ArgumentList.Arguments[0].Expression is ParenthesizedLambdaExpressionSyntax { Body: InvocationExpressionSyntax or AwaitExpressionSyntax } or SimpleNameSyntax or MemberAccessExpressionSyntax
           && Dropped.Call.Arguments.All(argument => argument.Parameter is not { Ordinal: > 0 } || argument.Value is IPropertyReferenceOperation { Property: var token } && Operations.IsNoToken(token, symbols))
           && Dropped.Call.TargetMethod.Name switch
           {
               "Run" => Dropped.Call.TargetMethod.OriginalDefinition.Parameters[0].Type is INamedTypeSymbol { DelegateInvokeMethod.ReturnType: INamedTypeSymbol { Name: "Task" } },
               "StartNew" => Call.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Unwrap" },
               _ => false,
           };

    /// <summary>
    /// The site of the task that the call at <paramref name="span"/> makes, or, for a compiler warning, that the statement there drops. Null where there is none, or
    /// where it is written in a way that no action knows.
    /// </summary>
    public static DropSite? Find(SyntaxNode root, TextSpan span, SemanticModel model, KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        var node = root.FindNode(span, getInnermostNodeForTie: true);
        foreach (var call in Candidates(node))
        {
            if (model.GetOperation(call, cancellationToken) is not IInvocationOperation operation)
                continue;
            var withoutTask = DroppedResult.OfStartWithoutTask(operation, symbols, cancellationToken);
            if ((withoutTask ?? DroppedResult.Find(operation, symbols, settings, cancellationToken)) is not { } dropped)
                continue;
            if (ExpressionTrees.Contain(operation, symbols) || Place(dropped) is not ({ } expression, { } owner))
                continue;
            return new DropSite(dropped, call, expression, owner, FunctionContext.Of(call, model, symbols, cancellationToken), withoutTask is not null || PoolWork.IsStartedBy(operation, symbols));
        }

        return null;
    }

    /// <summary>Why there is no site at <paramref name="span"/>, where a rule found something.</summary>
    public static string WhyNone(TextSpan span, PlaceContext context, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        foreach (var call in Candidates(context.Root.FindNode(span, getInnermostNodeForTie: true)))
        {
            if (context.Model.GetOperation(call, cancellationToken) is not IInvocationOperation operation)
                continue;
            if (KnownSymbols.Is(operation.TargetMethod.ContainingType, context.Symbols.Thread) && operation.Arguments.Length > 0)
                return WorkWithoutTask.ThreadHasArgument;
            if (DroppedResult.Find(operation, context.Symbols, settings, cancellationToken)?.Kind is DropKind.UnobservedLocal or DropKind.Misused)
                return "the task is kept, and asked for something else than how it ended: say there what is meant";
        }

        return "the call stands where no statement can take its place: give it a statement of its own";
    }

    /// <summary>Whether the call is not made where something before a <c>?.</c> is null.</summary>
    public bool IsConditional => Call.AncestorsAndSelf().TakeWhile(node => node != Owner.Parent).Any(static node => node is ConditionalAccessExpressionSyntax);

    /// <summary>The last <c>?.</c> that the call depends on, where the whole expression is the chain it belongs to.</summary>
    public ConditionalAccessExpressionSyntax? Access
    {
        get
        {
            var access = Expression as ConditionalAccessExpressionSyntax;
            while (access?.WhenNotNull is ConditionalAccessExpressionSyntax inner)
                access = inner;
            return access?.WhenNotNull.Span.Contains(Call.Span) == true ? access : null;
        }
    }

    /// <summary>The links between the call and the end of the expression add nothing but how to wait.</summary>
    public bool IsPlainChain
    {
        get
        {
            for (ExpressionSyntax current = Call; current != Expression;)
            {
                if (current.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax link } access && access.Expression == current
                    && access.Name.Identifier.ValueText is "ConfigureAwait" or "AsTask" or "Preserve" or "Unwrap")
                {
                    current = link;
                    continue;
                }

                if (current == Access?.WhenNotNull)
                    return true;
                return false;
            }

            return true;
        }
    }

    private static IEnumerable<InvocationExpressionSyntax> Candidates(SyntaxNode node)
    {
        // A rule reports the call; CS4014 reports the outermost expression, whose receivers lead to the call.
        if (node is InvocationExpressionSyntax exact)
            yield return exact;
        foreach (var call in node.DescendantNodes(static child => child is not (AnonymousFunctionExpressionSyntax or ArgumentListSyntax)).OfType<InvocationExpressionSyntax>())
            yield return call;
    }

    private static (ExpressionSyntax? Expression, SyntaxNode? Owner) Place(DroppedResult dropped)
    {
        if (dropped.WaitsForBeginning)
            return dropped.Call.Syntax is InvocationExpressionSyntax call ? (call, (SyntaxNode?)call.FirstAncestorOrSelf<StatementSyntax>() ?? call) : default;
        switch (dropped.Kind)
        {
            case DropKind.UnreadLocal when dropped.Outermost.Syntax is VariableDeclaratorSyntax { Initializer.Value: var value, Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax declaration } }:
                return (value, declaration);
            case DropKind.UnobservedLocal or DropKind.Misused:
                // The local is still asked for; what should become of that is for the author to say.
                return default;
            case DropKind.Discard when dropped.Outermost.Parent is ITupleOperation:
                return default;
            case DropKind.UnreadLocal:
                return dropped.Outermost.Syntax is AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax assigned } assignedLocal ? (assignedLocal.Right, assigned) : default;
            default:
                var expression = dropped.Outermost.Syntax as ExpressionSyntax;
                while (expression?.Parent is ParenthesizedExpressionSyntax or AwaitExpressionSyntax or PostfixUnaryExpressionSyntax || expression?.Parent is ConditionalAccessExpressionSyntax access && access.WhenNotNull == expression)
                    expression = (ExpressionSyntax)expression.Parent;
                return expression?.Parent switch
                {
                    ExpressionStatementSyntax statement => (expression, statement),
                    AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax statement } assignment when assignment.Right == expression => (expression, statement),
                    AssignmentExpressionSyntax { Parent: ArrowExpressionClauseSyntax or LambdaExpressionSyntax } assignment when assignment.Right == expression => (expression, assignment),
                    ArrowExpressionClauseSyntax or LambdaExpressionSyntax => (expression, expression),
                    _ => default,
                };
        }
    }
}
