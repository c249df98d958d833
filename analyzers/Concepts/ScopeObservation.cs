using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// Whether code that runs under a cancel scope may notice that the scope is cancelled: by the scope's own token, or by a member of the runtime, here or in what it calls. What
/// is not to be seen, an override, a delegate, a library that uses the runtime itself, may.
/// </summary>
internal sealed class ScopeObservation
{
    private const int MostCallees = 40;

    private readonly KnownSymbols _symbols;
    private readonly AnalyzerSettings _settings;
    private readonly CancellationToken _cancellationToken;
    private readonly HashSet<ISymbol> _callees = new(SymbolEqualityComparer.Default);

    public ScopeObservation(KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        _symbols = symbols;
        _settings = settings;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether a scope's body, with the lambdas in it, may notice.</summary>
    public bool MayBeIn(IAnonymousFunctionOperation body) => body.Body.Descendants().Any(operation => Observes(operation, body.Syntax));

    /// <summary>Opening a nursery or scope, and starting children, only hands the scope on: to code that is looked at by itself.</summary>
    public static bool OnlyHandsOn(IMethodSymbol method, KnownSymbols symbols)
    {
        var type = (method.ReducedFrom ?? method).ContainingType;
        return KnownSymbols.Is(type, symbols.CancelScope) && Awaitables.IsTask(method.ReturnType, symbols)
               || (KnownSymbols.IsOrDerivesFrom(type, symbols.Nursery) || KnownSymbols.Is(type, symbols.NurseryExtensions)) && method.Name is (RuntimeNames.RunAsync or RuntimeNames.RunMainAsync or RuntimeNames.StartSoon or RuntimeNames.StartNow or RuntimeNames.StartWork);
    }

    /// <param name="code">The declaration that the operation stands in: what it declares itself has been made under the scope.</param>
    private bool Observes(IOperation operation, SyntaxNode code)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        return operation switch
        {
            IParameterReferenceOperation { Parameter: var parameter } => IsDeclaredIn(parameter, code) && IsHandle(parameter.Type) && !IsOnlyStartedIn(operation),
            ILocalReferenceOperation { Local: var local } => IsDeclaredIn(local, code) && IsHandle(local.Type) && !IsOwnSource(local),
            IInvocationOperation { TargetMethod: { MethodKind: MethodKind.DelegateInvoke } } => true,
            IInvocationOperation call => ObservesByCall(call),
            IPropertyReferenceOperation property => _symbols.IsOfRuntime(property.Property) || property.Property.GetMethod is { } getter && CalleeMay(getter),
            IMethodReferenceOperation { Method: var method } => CalleeMay(method),
            IObjectCreationOperation { Constructor: { } constructor } creation => _symbols.IsOfRuntime(constructor.ContainingType) || creation.Arguments.Any(IsUnknownDelegate) || CalleeMay(constructor),
            IForEachLoopOperation { IsAsynchronous: true, Collection: var items } => !Awaitables.IsAsyncSequence(items.Unconverted().Type, _symbols) || _symbols.IsOfRuntime(items.Unconverted().Type),
            IAwaitOperation { Operation.Type: { } awaited } => !Awaitables.IsTaskOrValueTask(awaited, _symbols) && Namespaces.Around(awaited) != "System.Runtime.CompilerServices",
            IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IInvalidOperation => true,
            _ => false,
        };
    }

    private bool ObservesByCall(IInvocationOperation call)
    {
        if (_settings.IsCheckpoint(call.TargetMethod, call.Syntax.SyntaxTree))
            return true;
        if (_symbols.IsOfRuntime(call.TargetMethod))
            return !OnlyHandsOn(call.TargetMethod, _symbols) || call.Arguments.Any(IsUnknownDelegate);
        // A token from outside was made before the scope, and does not know of it.
        return call.Arguments.Any(IsUnknownDelegate) || CalleeMay(call.TargetMethod);
    }

    /// <summary>A delegate that is not written here: nobody knows what it does, or under which scope it was made.</summary>
    private static bool IsUnknownDelegate(IArgumentOperation argument)
        => argument.Value.Unconverted() is var value && value.Type?.TypeKind == TypeKind.Delegate && argument.ArgumentKind != ArgumentKind.DefaultValue
           && value is not IDelegateCreationOperation { Target: IAnonymousFunctionOperation or IMethodReferenceOperation } && value.ConstantValue is not { HasValue: true, Value: null };

    /// <summary>What can cancel or tell of a cancellation: a token or source, and what the runtime hands out.</summary>
    private bool IsHandle(ITypeSymbol type) => TokensInReach.IsToken(type, _symbols) || TokensInReach.IsSource(type, _symbols) || _symbols.IsOfRuntime(type);

    /// <summary><c>nursery.StartSoon(…)</c>, where that is an extension as well.</summary>
    private bool IsOnlyStartedIn(IOperation nursery)
    {
        var use = nursery.Parent is IConversionOperation { IsImplicit: true } conversion ? conversion : nursery;
        return use.Parent switch
        {
            IInvocationOperation call when call.Instance == use => OnlyHandsOn(call.TargetMethod, _symbols),
            IArgumentOperation { Parameter.Ordinal: 0, Parent: IInvocationOperation { TargetMethod.IsExtensionMethod: true } call } => OnlyHandsOn(call.TargetMethod, _symbols),
            _ => false,
        };
    }

    private static bool IsDeclaredIn(ISymbol symbol, SyntaxNode code)
        => symbol.DeclaringSyntaxReferences.FirstOrDefault() is { } reference && reference.SyntaxTree == code.SyntaxTree && code.Span.Contains(reference.Span);

    /// <summary>A source that the code makes for itself ends with the clock, not with the scope.</summary>
    private bool IsOwnSource(ILocalSymbol local)
        => TokensInReach.IsSource(local.Type, _symbols) && local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: BaseObjectCreationExpressionSyntax };

    private bool CalleeMay(IMethodSymbol method)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        if (!SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, _symbols.Compilation.Assembly))
            return _symbols.IsOfRuntime(method) || UsesRuntime(method.ContainingAssembly);
        if (!_callees.Add(method))
            return false;
        if (method.IsAbstract || (method.IsVirtual || method.IsOverride) && !method.IsSealed && method.ContainingType is { IsSealed: false } || method.IsExtern || _callees.Count > MostCallees)
            return true;
        return method.DeclaringSyntaxReferences.Any(reference => BodyMay(reference.GetSyntax(_cancellationToken)))
               || method.PartialImplementationPart is { } part && part.DeclaringSyntaxReferences.Any(reference => BodyMay(reference.GetSyntax(_cancellationToken)));
    }

    private bool BodyMay(SyntaxNode declaration)
    {
        // The constructor of a record or class with parameters only keeps them.
        if (declaration is TypeDeclarationSyntax)
            return false;
#pragma warning disable RS1030 // The callee may live in another file; asked only for what the bodies of cancel scopes call.
        var model = _symbols.Compilation.GetSemanticModel(declaration.SyntaxTree);
#pragma warning restore RS1030
        var code = declaration is ArrowExpressionClauseSyntax or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax ? model.GetOperation(declaration, _cancellationToken) : null;
        var symbol = model.GetDeclaredSymbol(declaration, _cancellationToken);
        // A token that it is handed is not the scope's, or the call would have been seen to pass it.
        return code is not null && code.Descendants().Any(operation => !(operation is IParameterReferenceOperation { Parameter.ContainingSymbol: var owner } && SymbolEqualityComparer.Default.Equals(owner, symbol)) && Observes(operation, declaration));
    }

    private bool UsesRuntime(IAssemblySymbol? assembly)
        => assembly is not null && _symbols.Checkpoint is { } runtime && assembly.Modules.Any(module => module.ReferencedAssemblies.Any(reference => reference.Name == runtime.ContainingAssembly.Name));
}
