using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Locks that belong to the thread that took them: nothing can be awaited while one is held, since the code behind the await may run on another thread.</summary>
internal static class ThreadBoundLocks
{
    private const int DeepestCall = 3;

    private static readonly ImmutableArray<string> Takings = ImmutableArray.Create(
        "Enter", "TryEnter", "EnterScope", "EnterReadLock", "EnterWriteLock", "EnterUpgradeableReadLock", "TryEnterReadLock", "TryEnterWriteLock", "TryEnterUpgradeableReadLock");

    /// <summary>Whether the code runs under such a lock, or is part of a private helper that is called under one.</summary>
    public static bool AreHeldAt(IOperation place, AsyncCode code, KnownSymbols symbols, CancellationToken cancellationToken) => AreHeldAt(place.Syntax, place.SemanticModel!, code, symbols, DeepestCall, cancellationToken);

    private static bool AreHeldAt(SyntaxNode place, SemanticModel model, AsyncCode code, KnownSymbols symbols, int depth, CancellationToken cancellationToken)
        => MayBeHeldHere(place, cancellationToken) && model.GetOperation(place, cancellationToken) is { } operation && AreHeldHere(operation)
           || depth > 0 && FunctionContext.Of(place, model, symbols, cancellationToken) is { Kind: FunctionKind.Sync, IsAnonymous: false, Symbol: { } helper }
           && code.CallsOf(helper, call => MayBeHeldAt(call, depth - 1, cancellationToken), cancellationToken).Any(each => AreHeldAt(each.Call, each.Model, code, symbols, depth - 1, cancellationToken));

    /// <summary>As far as that can be told without what the code means.</summary>
    private static bool MayBeHeldAt(SyntaxNode place, int depth, CancellationToken cancellationToken)
        => MayBeHeldHere(place, cancellationToken)
           || depth > 0 && FunctionContext.EnclosingFunction(place) is var caller && caller is MethodDeclarationSyntax or LocalFunctionStatementSyntax && !FunctionContext.IsNamedAsync(caller);

    /// <summary>Most code is under no statement that may hold a lock, in a file that calls nothing which may take one.</summary>
    private static bool MayBeHeldHere(SyntaxNode place, CancellationToken cancellationToken)
    {
        var function = FunctionContext.EnclosingFunction(place);
        return place.Ancestors().TakeWhile(each => each != function).Any(static each => each is LockStatementSyntax || each is UsingStatementSyntax resource && ((SyntaxNode?)resource.Declaration ?? resource.Expression)?.DescendantNodesAndSelf().OfType<InvocationExpressionSyntax>().Any() == true)
               || Takings.Any(taking => FileIndex.MayHave(place.SyntaxTree, taking, cancellationToken));
    }

    /// <summary>Inside a <c>lock</c>, inside a <c>using</c> of what a helper gives for such a lock, or between the calls that take and release it.</summary>
    private static bool AreHeldHere(IOperation place)
    {
        IOperation function = place;
        for (; function.Parent is { } parent && function is not (IAnonymousFunctionOperation or ILocalFunctionOperation); function = parent)
        {
            if (parent is ILockOperation held && function == held.Body)
                return true;
            if (parent is IUsingOperation { Resources: var resources } owned && function == owned.Body && resources.DescendantsAndSelf().OfType<IInvocationOperation>().Any(IsCallOnLock))
                return true;
        }

        var calls = function.Descendants().OfType<IInvocationOperation>().Where(static call => IsLock(call.TargetMethod.ContainingType)).ToList();
        return calls.Exists(taken => Takes(taken.TargetMethod) && taken.Syntax.Span.End <= place.Syntax.SpanStart && calls.Exists(released => !Takes(released.TargetMethod) && released.Syntax.SpanStart >= place.Syntax.Span.End));
    }

    /// <summary><c>_lock.ReadLock()</c>, of the lock itself or by a helper that is handed it.</summary>
    private static bool IsCallOnLock(IInvocationOperation call)
        => call.Arguments.Select(static argument => argument.Value).Append(call.Instance).Any(static value => IsLock(value?.Unconverted().Type as INamedTypeSymbol));

    private static bool Takes(IMethodSymbol method) => Takings.Contains(method.Name);

    private static bool IsLock(INamedTypeSymbol? type)
        => type is { Name: "ReaderWriterLockSlim" or "Monitor" or "Lock" or "SpinLock", ContainingNamespace: { Name: "Threading", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } };
}
