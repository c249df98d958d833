using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC1009: a nursery that ends with its body is put where it can be used after that.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1009NurseryEscapesItsScope : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1009NurseryEscapesItsScope()
        : base(Descriptors.NurseryEscapesItsScope)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.Nursery is null)
            return;
        var symbols = context.Symbols;
        context.Start.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var open = (IInvocationOperation)context.Operation;
        if (!ChildStart.OpensLexicalNursery(open, symbols))
            return;
        foreach (var body in open.Arguments.Select(static argument => argument.Value).OfType<IDelegateCreationOperation>())
        {
            if (BodyOf(body.Target, context) is not ({ } function, { } method) || method.Parameters.FirstOrDefault(parameter => KnownSymbols.Is(parameter.Type, symbols.Nursery)) is not { } nursery)
                continue;
            var reported = new HashSet<Location>();
            foreach (var escape in NurseryEscapes.Of(function, nursery, open.SemanticModel!, symbols, context.CancellationToken))
            {
                if (reported.Add(escape.Place))
                    context.Report(Diagnostic.Create(Descriptors.NurseryEscapesItsScope, escape.Place, escape.Name, escape.How));
            }
        }
    }

    /// <summary>The lambda, or the method of the same file whose name was given.</summary>
    private static (IOperation? Function, IMethodSymbol? Symbol) BodyOf(IOperation target, OperationAnalysisContext context)
    {
        if (target is IAnonymousFunctionOperation lambda)
            return (lambda, lambda.Symbol);
        if (target is not IMethodReferenceOperation { Method: var named })
            return default;
        var method = named.OriginalDefinition;
        method = method.PartialImplementationPart ?? method;
        if (method.DeclaringSyntaxReferences.Length != 1 || method.DeclaringSyntaxReferences[0].SyntaxTree != target.Syntax.SyntaxTree)
            return default;
        return (target.SemanticModel!.GetOperation(method.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken), context.CancellationToken), method);
    }
}
