using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC2005: cleanup waits under a token that may be cancelled already, or in a shield without a limit.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2005CleanupUnderDeadToken : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC2005CleanupUnderDeadToken()
        : base(Descriptors.CleanupUnderDeadToken)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var checkpoints = new Checkpoints(context.Symbols, context.Settings);
        context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols, checkpoints), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols, Checkpoints checkpoints)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Syntax is not InvocationExpressionSyntax syntax)
            return;
        if (KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.CancelScope) && call.TargetMethod.Name == RuntimeNames.ShieldAsync)
        {
            if (ShieldLimits.IsUnlimited(call, symbols) && CleanupRegion.Around(syntax, call.SemanticModel!, symbols, context.CancellationToken).Any())
                Report("This wait in a shield has no limit: nothing can cancel it, and whatever waits for this code waits for it too; give the shield a timeout");
            return;
        }

        if (!call.Arguments.Any(argument => argument.ArgumentKind == ArgumentKind.Explicit && TokensInReach.IsToken(argument.Value.Type, symbols) && !IsIgnored(argument.Parameter, call, symbols, context.CancellationToken)) || !IsWaitedFor(syntax, call) || IsPause(call.TargetMethod, symbols))
            return;
        var model = call.SemanticModel!;
        var token = syntax.ArgumentList.Arguments.Select(static argument => argument.Expression).FirstOrDefault(argument => CancellableWork.IsLiveToken(argument, model, symbols, context.CancellationToken));
        if (token is null || CleanupRegion.Around(syntax, model, symbols, context.CancellationToken).FirstOrDefault(region => region.MayRunUnderDead(token, model, symbols, checkpoints, context.CancellationToken)) is not { } region
            || IsHandled(syntax, region, model, symbols, context.CancellationToken) || IsStopOfHost(syntax, model, context.CancellationToken))
        {
            return;
        }

        Report($"'{call.TargetMethod.Name}' is given '{token}', which may be cancelled already when this {region.Name} runs, and then it is skipped; run it in 'CancelScope.ShieldAsync' with a timeout", model.GetSymbolInfo(token, context.CancellationToken).Symbol);

        void Report(string what, ISymbol? source = null) => context.Report(Diagnostic.Create(Descriptors.CleanupUnderDeadToken, syntax.GetLocation(), RelatedPlaces.Declaration(source), what));
    }

    private static bool IsWaitedFor(InvocationExpressionSyntax syntax, IInvocationOperation call)
    {
        SyntaxNode node = syntax;
        while (node.Parent is ParenthesizedExpressionSyntax || node.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax })
            node = node.Parent is MemberAccessExpressionSyntax access ? access.Parent! : node.Parent;
        return node.Parent is AwaitExpressionSyntax || node.Parent is ConditionalAccessExpressionSyntax { Parent: AwaitExpressionSyntax } || BlockingCalls.Contains(call.TargetMethod);
    }

    /// <summary>A method of this compilation that takes the token and never looks at it runs all the same.</summary>
    private static bool IsIgnored(IParameterSymbol? parameter, IInvocationOperation call, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var method = call.TargetMethod.OriginalDefinition;
        if (call.Instance?.Unconverted() is IInstanceReferenceOperation { Type: { } type } && type.FindImplementationForInterfaceMember(call.TargetMethod) is IMethodSymbol implementation)
            method = implementation.OriginalDefinition;
        if (parameter is null || method.Parameters.ElementAtOrDefault(parameter.Ordinal) is not { } own || method.DeclaringSyntaxReferences.Length != 1
            || !symbols.Compilation.ContainsSyntaxTree(method.DeclaringSyntaxReferences[0].SyntaxTree))
        {
            return false;
        }

        SyntaxNode? body = method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) switch
        {
            BaseMethodDeclarationSyntax declaration => declaration.Body ?? (SyntaxNode?)declaration.ExpressionBody,
            LocalFunctionStatementSyntax local => local.Body ?? (SyntaxNode?)local.ExpressionBody,
            _ => null,
        };
        return body is not null && !FileIndex.NamesIn(body, own.Name, cancellationToken).Any();
    }

    /// <summary>A pause is no cleanup, and ends well when it is cancelled.</summary>
    private static bool IsPause(IMethodSymbol method, KnownSymbols symbols)
        => method.Name == "Delay" && KnownSymbols.Is(method.ContainingType, symbols.Task) || KnownSymbols.Is(method.ContainingType, symbols.Checkpoint);

    /// <summary>A handler of cancellations around the wait, in the cleanup itself.</summary>
    private static bool IsHandled(SyntaxNode wait, CleanupRegion region, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => wait.Ancestors().TakeWhile(node => node != region.Block).OfType<TryStatementSyntax>()
            .Any(statement => statement.Block.Span.Contains(wait.Span) && statement.Catches.Any(clause => CancellationHandlers.IsExplicit(clause, model, symbols, cancellationToken)));

    /// <summary>The token of a host's <c>StopAsync</c> is the limit that the host sets for stopping.</summary>
    private static bool IsStopOfHost(SyntaxNode wait, SemanticModel model, CancellationToken cancellationToken)
        => wait.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } declaration && model.GetDeclaredSymbol(declaration, cancellationToken) is IMethodSymbol method
           && method.ContainingType.AllInterfaces.Where(static contract => Namespaces.Around(contract) == "Microsoft.Extensions.Hosting")
               .SelectMany(static contract => contract.GetMembers("StopAsync").Concat(contract.GetMembers("StoppingAsync")).Concat(contract.GetMembers("StoppedAsync")))
               .Any(member => Implements(method, member));

    private static bool Implements(IMethodSymbol method, ISymbol member)
        => method.ContainingType.FindImplementationForInterfaceMember(member) is IMethodSymbol implementation
           && (SymbolEqualityComparer.Default.Equals(implementation, method) || IsOverrideOf(method, implementation));

    private static bool IsOverrideOf(IMethodSymbol method, IMethodSymbol implementation)
    {
        for (var overridden = method.OverriddenMethod; overridden is not null; overridden = overridden.OverriddenMethod)
        {
            if (SymbolEqualityComparer.Default.Equals(overridden, implementation))
                return true;
        }

        return false;
    }
}
