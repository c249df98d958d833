using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.Flow;

/// <summary>The places at which a function that has started a task may be left by an exception, before it awaits the task.</summary>
internal sealed class WaysOut
{
    private readonly TaskLocals _locals;
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;

    public WaysOut(TaskLocals locals, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _locals = locals;
        _model = model;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>
    /// Whether there is none between the declaration of a variable, which starts the task, and its first use: <c>var a = LoadAsync(); var b = SaveAsync(); await Task.WhenAll(a, b);</c>. Most
    /// tasks are awaited that way, which is told without a graph. False where that is not plain.
    /// </summary>
    public bool AreNoneBeforeUse(ILocalSymbol local, ExpressionSyntax started)
    {
        if (started.Parent is not EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax { Parent: BlockSyntax block } declaration } } }
            || _locals.UsesOf(local).FirstOrDefault(use => !_locals.IsOnlyLook(use)) is not { } use)
        {
            return false;
        }

        foreach (var statement in block.Statements.SkipWhile(each => each != declaration).Skip(1))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (statement is not (ExpressionStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 } or ReturnStatementSyntax) || _model.GetOperation(statement, _cancellationToken) is not { } code)
                return false;
            var isLast = statement.Span.Contains(use.Span);
            if (isLast ? !IsPlainlyEvaluated(use, statement) : statement is ReturnStatementSyntax)
                return false;
            // What is given the task, or awaits it, comes after the use.
            if (code.DescendantsAndSelf().Any(each => (!isLast || each.Syntax.SpanStart < use.SpanStart && !each.Syntax.Span.Contains(use.Span)) && AreAt(each)))
                return false;
            if (isLast)
                return true;
        }

        return false;
    }

    /// <summary>Whether the statement always comes to the use: it is in no branch of an expression, and in no function of its own.</summary>
    private static bool IsPlainlyEvaluated(SyntaxNode use, StatementSyntax statement)
        => use.Ancestors().TakeWhile(each => each != statement).All(static each => each is AwaitExpressionSyntax or ArgumentSyntax or ArgumentListSyntax or InvocationExpressionSyntax or MemberAccessExpressionSyntax or ParenthesizedExpressionSyntax
            or EqualsValueClauseSyntax or VariableDeclaratorSyntax or VariableDeclarationSyntax or InitializerExpressionSyntax or BaseObjectCreationExpressionSyntax or ArrayCreationExpressionSyntax or ImplicitArrayCreationExpressionSyntax
            || each is AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression });

    /// <summary>Whether the function may be left here; anything can fail, but most of it does not.</summary>
    public bool AreAt(IOperation operation)
        => operation switch
        {
            IAwaitOperation wait => !NeverFails(wait.Operation),
            IThrowOperation or IDynamicInvocationOperation => true,
            IInvocationOperation { IsImplicit: false } call => MayFail(call),
            _ => false,
        };

    /// <summary>A delay that nobody can cancel, a race, a yield, a source that is only ever given a result: they only end.</summary>
    private bool NeverFails(IOperation awaited)
    {
        if (awaited is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } inner })
            awaited = inner;
        if (awaited is IPropertyReferenceOperation { Property.Name: "Task", Instance: ILocalReferenceOperation { Local: var source } } && IsOnlyGivenResults(source))
            return true;
        return awaited is IInvocationOperation { TargetMethod: { Name: "Delay" or "WhenAny" or "Yield" } method } call && KnownSymbols.Is(method.ContainingType, _symbols.Task) && !call.Arguments.Any(argument => TokensInReach.IsToken(argument.Parameter?.Type, _symbols));
    }

    private bool IsOnlyGivenResults(ILocalSymbol source)
        => (KnownSymbols.Is(source.Type, _symbols.TaskCompletionSource) || KnownSymbols.Is(source.Type, _symbols.TaskCompletionSourceOfT))
           && _locals.UsesOf(source).All(static use => use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Task" or "SetResult" or "TrySetResult" });

    /// <summary>
    /// Calls that start a sibling task do not count, nor do those that only keep books: logging, collections, text, time, signals.
    /// </summary>
    private bool MayFail(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (Awaitables.IsAwaitable(method.ReturnType, _symbols) || IsPartOfStart(call.Syntax))
            return false;
        if (method.Name is "ThrowIfCancellationRequested" or "ThrowIfCancelled")
            return true;
        // What another project declares is source in an editor and metadata in a build: taken for metadata in both.
        if (method.DeclaringSyntaxReferences.Any(declared => _symbols.Compilation.ContainsSyntaxTree(declared.SyntaxTree)) || method.MethodKind == MethodKind.DelegateInvoke)
            return true;
        var type = (method.ReducedFrom ?? method).ContainingType;
        var space = Namespaces.Around(type);
        if (space is "System" or "System.Linq" or "System.Text" or "System.Threading" or "System.Threading.Tasks" or "System.Diagnostics" or "System.Globalization" or "System.Runtime.CompilerServices" or "Serilog" or "NLog" or "log4net"
            || space.StartsWith("System.Collections", StringComparison.Ordinal) || space.StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal))
        {
            return method.Name.StartsWith("ThrowIf", StringComparison.Ordinal);
        }

        return true;
    }

    /// <summary>Whether the call only makes an argument of one that starts a task.</summary>
    private bool IsPartOfStart(SyntaxNode call)
        => call.Ancestors().TakeWhile(static node => node is not (StatementSyntax or AnonymousFunctionExpressionSyntax)).OfType<InvocationExpressionSyntax>()
            .Any(outer => Awaitables.IsAwaitable(_model.GetTypeInfo(outer, _cancellationToken).Type, _symbols));
}
