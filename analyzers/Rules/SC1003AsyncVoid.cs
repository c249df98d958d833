using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC1003: an async function returns nothing, so nobody can wait for it or see it fail.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1003AsyncVoid : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1003AsyncVoid()
        : base(Descriptors.AsyncVoid)
    {
    }

    private protected override void Register(RuleContext context)
    {
        context.Start.RegisterSymbolAction(symbol => AnalyzeMethod(symbol, context), SymbolKind.Method);
        context.Start.RegisterOperationAction(operation => AnalyzeLocalFunction(operation, context), OperationKind.LocalFunction);
        context.Start.RegisterOperationAction(operation => AnalyzeLambda(operation, context), OperationKind.AnonymousFunction);
    }

    private static void AnalyzeMethod(SymbolAnalysisContext context, RuleContext rule)
    {
        var method = (IMethodSymbol)context.Symbol;
        // The declaration without a body of a partial method says nothing of async.
        if (method.PartialImplementationPart is not null)
            return;
        if (method is not { IsAsync: true, ReturnsVoid: true, MethodKind: MethodKind.Ordinary or MethodKind.ExplicitInterfaceImplementation } || method.Locations.FirstOrDefault() is not { SourceTree: { } tree } location)
            return;
        if (IsEventHandler(method, rule.Symbols) || IsAllowed(method, tree, rule) || AsyncPlumbing.Contains(method, rule.Symbols) || IsBroken(method, context.CancellationToken) || IsSubscribed(method, context.Compilation, context.CancellationToken))
            return;
        context.Report(Diagnostic.Create(Descriptors.AsyncVoid, location, $"'{method.Name}' is"));
    }

    private static void AnalyzeLocalFunction(OperationAnalysisContext context, RuleContext rule)
    {
        var function = (ILocalFunctionOperation)context.Operation;
        if (function is { Symbol: { IsAsync: true, ReturnsVoid: true } method, Syntax: LocalFunctionStatementSyntax { ContainsDiagnostics: false } syntax }
            && !IsEventHandler(method, rule.Symbols)
            && !IsAllowed(method, syntax.SyntaxTree, rule))
        {
            context.Report(Diagnostic.Create(Descriptors.AsyncVoid, syntax.Identifier.GetLocation(), $"'{method.Name}' is"));
        }
    }

    private static void AnalyzeLambda(OperationAnalysisContext context, RuleContext rule)
    {
        var lambda = (IAnonymousFunctionOperation)context.Operation;
        // What it is converted to decides: of code that does not bind, nothing is known.
        if (lambda is not { Symbol: { IsAsync: true, ReturnsVoid: true }, Syntax: AnonymousFunctionExpressionSyntax { ContainsDiagnostics: false } syntax, Parent: IDelegateCreationOperation { Type: INamedTypeSymbol { DelegateInvokeMethod: { ReturnsVoid: true } invoke } type } })
            return;
        if (IsEventHandler(invoke, rule.Symbols) || IsEventHandlerType(type))
            return;
        context.Report(Diagnostic.Create(Descriptors.AsyncVoid, syntax.AsyncKeyword.GetLocation(), $"This function, given as '{type.ToMinimalDisplayString(lambda.SemanticModel!, syntax.SpanStart)}', is"));
    }

    /// <summary>Two parameters, the second one the data of an event. Other frameworks have types of their own for it, known by their name's end.</summary>
    private static bool IsEventHandler(IMethodSymbol method, KnownSymbols symbols)
        => method.Parameters.Length == 2 && IsEventData(method.Parameters[1].Type, symbols);

    private static bool IsEventData(ITypeSymbol type, KnownSymbols symbols)
        => KnownSymbols.IsOrDerivesFrom(type, symbols.EventArgs)
           || type.Name.EndsWith("EventArgs", System.StringComparison.Ordinal)
           || (type is ITypeParameterSymbol parameter && parameter.ConstraintTypes.Any(constraint => IsEventData(constraint, symbols)));

    /// <summary><c>EventHandler&lt;T&gt;</c> is the framework's own shape of an event, whatever its data.</summary>
    private static bool IsEventHandlerType(INamedTypeSymbol type)
        => type is { Name: "EventHandler", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };

    /// <summary>
    /// Whether a method of the shape of <c>EventHandler&lt;T&gt;</c> is subscribed to such an event, itself or through the interface it implements. Asked only of async void methods of that
    /// shape, which are few; trees that lack the name are passed over.
    /// </summary>
    private static bool IsSubscribed(IMethodSymbol method, Compilation compilation, CancellationToken cancellationToken)
    {
        if (method.Parameters.Length != 2 || method.Parameters[0].Type.SpecialType != SpecialType.System_Object)
            return false;
        foreach (var tree in FileIndex.TreesWith(compilation, method.Name, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var name in FileIndex.NamesIn(tree.GetRoot(cancellationToken), method.Name, cancellationToken))
            {
                var handler = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : (ExpressionSyntax)name;
                if (handler.Parent is not AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } subscription || subscription.Right != handler)
                    continue;
#pragma warning disable RS1030 // The subscription may stand in any tree; a model is made only for one that names the method.
                var model = compilation.GetSemanticModel(tree);
#pragma warning restore RS1030
                if (model.GetTypeInfo(subscription.Left, cancellationToken).Type is INamedTypeSymbol type && IsEventHandlerType(type)
                    && model.GetSymbolInfo(name, cancellationToken).Symbol is IMethodSymbol subscribed
                    && (SymbolEqualityComparer.Default.Equals(subscribed.OriginalDefinition, method)
                        || subscribed.ContainingType.TypeKind == TypeKind.Interface && SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(subscribed), method)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Named by the option, itself or as what it overrides or implements; or said to be detached knowingly.</summary>
    private static bool IsAllowed(IMethodSymbol method, SyntaxTree tree, RuleContext rule)
    {
        for (var current = method; current is not null; current = current.OverriddenMethod)
        {
            if (rule.Settings.IsAsyncVoidEntryPoint(current, tree) || rule.Settings.IsDetached(current, receiver: null, tree))
                return true;
        }

        if (method.MethodKind == MethodKind.LocalFunction)
            return false;
        return method.ContainingType.AllInterfaces.SelectMany(static contract => contract.GetMembers().OfType<IMethodSymbol>())
            .Any(member => rule.Settings.IsAsyncVoidEntryPoint(member, tree) && SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method));
    }

    private static bool IsBroken(IMethodSymbol method, CancellationToken cancellationToken)
        => method.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(cancellationToken) is BaseMethodDeclarationSyntax declaration && (declaration.ParameterList.ContainsDiagnostics || declaration.Body is null && declaration.ExpressionBody is null));
}
