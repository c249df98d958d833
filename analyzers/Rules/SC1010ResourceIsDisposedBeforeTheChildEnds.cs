using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC1010: a <c>using</c> inside the body of a nursery ends with the body, while a child that uses the resource is joined only after it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1010ResourceIsDisposedBeforeTheChildEnds : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1010ResourceIsDisposedBeforeTheChildEnds()
        : base(Descriptors.ResourceIsDisposedBeforeTheChildEnds)
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
        var start = (IInvocationOperation)context.Operation;
        if (ChildStart.NurseryOf(start, symbols) is not { } nursery || nursery.ReferencedSymbol() is not { } owner || IsWaitedFor(start, context.CancellationToken))
            return;
        foreach (var argument in start.Arguments)
        {
            if (argument.IsImplicit || argument.Parameter?.Ordinal == 0 && start.TargetMethod.IsExtensionMethod && start.Instance is null && ReferenceEquals(argument.Value, nursery))
                continue;
            foreach (var use in argument.Value.DescendantsAndSelf().OfType<ILocalReferenceOperation>())
            {
                if (use.IsDeclaration || use.Parent is INameOfOperation || ScopeOf(use.Local, context.CancellationToken) is not { } scope)
                    continue;
                // The resource ends before the nursery when its scope lies inside the nursery's, and the child is started from within.
                if (scope.Span.Contains(start.Syntax.Span) && IsOutside(owner, scope, use.Local))
                {
                    context.Report(Diagnostic.Create(Descriptors.ResourceIsDisposedBeforeTheChildEnds, use.Syntax.GetLocation(), RelatedPlaces.Declaration(use.Local), use.Local.Name));
                    break;
                }
            }
        }
    }

    /// <summary>A child whose result is kept may be awaited before the scope ends.</summary>
    private static bool IsWaitedFor(IInvocationOperation start, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var isKnownToStand = start.TargetMethod.ReturnsVoid || start.TargetMethod.Name == RuntimeNames.StartAsync;
        return !isKnownToStand && start.Parent is not IExpressionStatementOperation;
    }

    /// <summary>What a <c>using</c> local lives in: the rest of its block, or the statement's body. Null for other locals.</summary>
    private static SyntaxNode? ScopeOf(ILocalSymbol local, CancellationToken cancellationToken)
    {
        if (local.DeclaringSyntaxReferences.Length != 1 || local.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) is not VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax declaration })
            return null;
        return declaration.Parent switch
        {
            LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0, Parent: { } block } => block,
            UsingStatementSyntax statement when statement.Declaration == declaration => statement.Statement,
            _ => null,
        };
    }

    /// <summary>Whether the nursery outlives the scope of the resource.</summary>
    private static bool IsOutside(ISymbol nursery, SyntaxNode scope, ILocalSymbol resource)
    {
        if (nursery is IFieldSymbol or IPropertySymbol)
            return true;
        if (nursery.DeclaringSyntaxReferences.Length != 1 || nursery.DeclaringSyntaxReferences[0] is not { } declared || declared.SyntaxTree != scope.SyntaxTree)
            return false;
        // A nursery that is itself a `using` local is joined in the reverse order of the declarations.
        return !scope.Span.Contains(declared.Span) || declared.Span.Start < resource.Locations[0].SourceSpan.Start;
    }
}
