using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>The code behind a delegate that somebody else will call: the function itself and what it calls of its own type.</summary>
internal sealed class Callbacks
{
    private const int DeepestCall = 2;

    /// <summary>What is let go further down is reported there, and has little to do with the timer.</summary>
    private const int DeepestStart = 1;

    private readonly KnownSymbols _symbols;
    private readonly AnalyzerSettings _settings;
    private readonly CancellationToken _cancellationToken;

    public Callbacks(KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        _symbols = symbols;
        _settings = settings;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether the callback is async, or starts tasks and lets them go: nobody waits for what it began.</summary>
    public bool StartsTasks(IOperation target)
    {
        var symbol = SymbolOf(target);
        if (symbol is { IsAsync: true, ReturnsVoid: true })
            return true;
        return Operations(target, DeepestStart).OfType<IInvocationOperation>().Any(call =>
            call.TargetMethod is { IsAsync: true, ReturnsVoid: true } && !_settings.IsDetached(call.TargetMethod, receiver: null, call.Syntax.SyntaxTree)
            || DroppedResult.Find(call, _symbols, _settings, _cancellationToken) is not null);
    }

    /// <summary>
    /// Whether the callback tells somebody that it has ended: it settles a completion source or completes a channel, or sets an event that code outside the
    /// callback does something with.
    /// </summary>
    public bool TellsItsEnd(IOperation target)
    {
        foreach (var call in Operations(target, DeepestCall).OfType<IInvocationOperation>())
        {
            var type = call.TargetMethod.ContainingType;
            if (KnownSymbols.Is(type, _symbols.TaskCompletionSource) || KnownSymbols.Is(type, _symbols.TaskCompletionSourceOfT) || KnownSymbols.IsOrDerivesFrom(type, _symbols.ChannelWriter) && call.TargetMethod.Name is "Complete" or "TryComplete")
                return true;
            if (call.TargetMethod.Name is "Set" or "Signal" or "Release" or "SignalAndWait" && Namespaces.Around(type) == "System.Threading" && call.Instance.ReferencedSymbol() is { } signal && IsUsedOutside(signal, target, call))
                return true;
        }

        return false;
    }

    /// <summary>The function a delegate is made of; null where that is not known.</summary>
    public static IMethodSymbol? SymbolOf(IOperation? target)
        => target switch
        {
            IAnonymousFunctionOperation lambda => lambda.Symbol,
            IMethodReferenceOperation named => named.Method,
            _ => null,
        };

    private IEnumerable<IOperation> Operations(IOperation target, int deepest)
    {
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var pending = new Queue<(IOperation Body, int Depth)>();
        if (target is IMethodReferenceOperation named)
            Enqueue(named.Method, 0);
        else
            pending.Enqueue((target, 0));
        while (pending.Count > 0)
        {
            var (body, depth) = pending.Dequeue();
            foreach (var operation in body.Descendants())
            {
                _cancellationToken.ThrowIfCancellationRequested();
                yield return operation;
                if (depth < deepest && operation is IInvocationOperation { TargetMethod: { } callee } && SymbolEqualityComparer.Default.Equals(callee.ContainingType, SymbolOf(target)?.ContainingType))
                    Enqueue(callee, depth + 1);
            }
        }

        void Enqueue(IMethodSymbol method, int depth)
        {
            method = method.OriginalDefinition;
            method = method.PartialImplementationPart ?? method;
            if (!seen.Add(method) || _settings.IsDetached(method, receiver: null, target.Syntax.SyntaxTree) || method.DeclaringSyntaxReferences.Length != 1)
                return;
            var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
            if (!_symbols.Compilation.ContainsSyntaxTree(declaration.SyntaxTree))
                return;
#pragma warning disable RS1030 // The callback may live in another part of its type; asked only for threads, timers and work items, which are few.
            if (_symbols.Compilation.GetSemanticModel(declaration.SyntaxTree).GetOperation(declaration, _cancellationToken) is { } body)
#pragma warning restore RS1030
                pending.Enqueue((body, depth));
        }
    }

    /// <summary>Whether code outside the callback does more with the signal than make it, set it and dispose of it.</summary>
    private bool IsUsedOutside(ISymbol signal, IOperation callback, IInvocationOperation set)
    {
        var home = (SyntaxNode?)(signal is ILocalSymbol or IParameterSymbol ? set.Syntax.FirstAncestorOrSelf<MemberDeclarationSyntax>() : set.Syntax.FirstAncestorOrSelf<TypeDeclarationSyntax>()) ?? set.Syntax.SyntaxTree.GetRoot(_cancellationToken);
        var model = set.SemanticModel!;
        foreach (var name in FileIndex.NamesIn(home, signal.Name, _cancellationToken).OfType<IdentifierNameSyntax>())
        {
            if (callback is IAnonymousFunctionOperation && name.SyntaxTree == callback.Syntax.SyntaxTree && callback.Syntax.Span.Contains(name.Span))
                continue;
            if (!SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, _cancellationToken).Symbol, signal))
                continue;
            SyntaxNode use = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
            var accessed = use.Parent switch
            {
                MemberAccessExpressionSyntax access when access.Expression == use => access.Name.Identifier.ValueText,
                ConditionalAccessExpressionSyntax { WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax binding } } access when access.Expression == use => binding.Name.Identifier.ValueText,
                AssignmentExpressionSyntax assignment when assignment.Left == use => "Dispose",
                _ => null,
            };
            if (accessed is not ("Set" or "Reset" or "Signal" or "Release" or "Dispose" or "Close"))
                return true;
        }

        return false;
    }
}
