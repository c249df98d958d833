using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC4007: <c>StartWork</c>, which is for synchronous work, is given a delegate that returns something to await; nobody would await it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4007BlockingChild : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4007BlockingChild()
        : base(Descriptors.BlockingChild)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.Nursery is not null)
            context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod is { Name: RuntimeNames.StartWork, TypeArguments: { Length: 1 } results } && ChildStart.NurseryOf(call, symbols) is not null && Awaitables.IsAwaitable(results[0], symbols) && !call.Syntax.ContainsDiagnostics)
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.BlockingChild, (call.Syntax as InvocationExpressionSyntax)?.Expression is MemberAccessExpressionSyntax access ? access.Name.GetLocation() : call.Syntax.GetLocation(), call.TargetMethod.Name));
    }
}
