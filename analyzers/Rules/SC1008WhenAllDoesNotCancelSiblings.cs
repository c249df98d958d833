using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC1008: work started for one <c>await Task.WhenAll(…)</c> runs on to its end when a part of it has failed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1008WhenAllDoesNotCancelSiblings : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1008WhenAllDoesNotCancelSiblings()
        : base(Descriptors.WhenAllDoesNotCancelSiblings)
    {
    }

    private protected override void Register(RuleContext context)
        => context.Start.RegisterOperationAction(operation => Analyze(operation, context), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, RuleContext rule)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod is not { Name: "WhenAll", IsStatic: true } || !KnownSymbols.Is(call.TargetMethod.ContainingType, rule.Symbols.Task) || call.Syntax is not InvocationExpressionSyntax syntax || !IsAwaited(syntax) || call.SemanticModel is not { } model)
            return;
        var origins = TaskOrigins.For(rule.Compilation);
        var started = 0;
        foreach (var argument in syntax.ArgumentList.Arguments)
        {
            var value = origins.Of(argument.Expression, model, rule.Settings, context.CancellationToken);
            // A query, or a sequence of another kind, stands for any number.
            var isSequence = !Awaitables.IsTask(model.GetTypeInfo(argument.Expression, context.CancellationToken).Type, rule.Symbols) && value.Parts.Count == 0 && value.Calls.Count == 1;
            started += isSequence ? 2 : value.Calls.Count;
            foreach (var part in value.Parts)
            {
                if (part.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(context.CancellationToken) is not VariableDeclaratorSyntax { Initializer.Value: { } initializer })
                    return;
                var origin = origins.Of(initializer, model, rule.Settings, context.CancellationToken);
                if ((origin.Origin & TaskOrigin.Elsewhere) != 0)
                    return;
                started += Awaitables.IsTask(part.Type, rule.Symbols) || origin.Calls.Count > 1 ? origin.Calls.Count : origin.Calls.Count * 2;
            }

            if ((value.Origin & TaskOrigin.Elsewhere) != 0)
                return;
        }

        if (started > 1)
            context.Report(Diagnostic.Create(Descriptors.WhenAllDoesNotCancelSiblings, call.Syntax.GetLocation()));
    }

    private static bool IsAwaited(SyntaxNode call)
    {
        while (call.Parent is ParenthesizedExpressionSyntax or MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } or InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } })
            call = call.Parent;
        return call.Parent is AwaitExpressionSyntax;
    }
}
