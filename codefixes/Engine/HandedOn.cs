using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Background work that tells its end and its failures by a completion source of its object, whatever happens in it: who waits for that has waited for the work, and a nursery
/// would add nothing.
/// </summary>
internal static class HandedOn
{
    private const int DeepestCall = 2;

    /// <summary>The member by which others are told of the work of <paramref name="site"/>; null where they are not, or not always.</summary>
    public static string? By(DropSite site, FunctionDrops drops, CancellationToken cancellationToken)
    {
        return site.IsPoolWork && site.Work is { } work ? OfWork(work.Unconverted()) : OfMethod(site.Dropped.Call.TargetMethod, DeepestCall);

        string? OfWork(IOperation delegated)
            => (delegated is IDelegateCreationOperation creation ? creation.Target : delegated) switch
            {
                IAnonymousFunctionOperation lambda => OfBody(((AnonymousFunctionExpressionSyntax)lambda.Syntax).Body, drops.Model, DeepestCall),
                IMethodReferenceOperation method => OfMethod(method.Method, DeepestCall),
                _ => null,
            };

        string? OfMethod(IMethodSymbol method, int depth)
        {
            method = method.OriginalDefinition;
            if (depth == 0 || method.DeclaringSyntaxReferences.Length != 1 || Sources.CompilationOf(method, drops.Model.Compilation) is not { } compilation)
                return null;
            var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
            var model = declaration.SyntaxTree == drops.Root.SyntaxTree ? drops.Model : compilation.GetSemanticModel(declaration.SyntaxTree);
            return declaration switch
            {
                MethodDeclarationSyntax { Body: { } body } => OfBody(body, model, depth),
                MethodDeclarationSyntax { ExpressionBody.Expression: { } body } => OfBody(body, model, depth),
                LocalFunctionStatementSyntax { Body: { } body } => OfBody(body, model, depth),
                _ => null,
            };
        }

        // `Task.Run(() => ReadAsync())` does what `ReadAsync` does.
        string? OfBody(SyntaxNode body, SemanticModel model, int depth)
        {
            if (body is BlockSyntax block)
                return OfBlock(block, model, cancellationToken);
            var called = body is AwaitExpressionSyntax wait ? wait.Expression : body;
            return model.GetOperation(called, cancellationToken) is IInvocationOperation call ? OfMethod(call.TargetMethod, depth - 1) : null;
        }
    }

    private static string? OfBlock(BlockSyntax body, SemanticModel model, CancellationToken cancellationToken)
    {
        var symbols = KnownSymbols.For(model.Compilation);
        // What fails before the `try` is told nobody.
        var statements = body.Statements.SkipWhile(static each => each is not TryStatementSyntax && IsHarmless(each)).Where(static each => each is not LocalFunctionStatementSyntax).ToList();
        if (statements.FirstOrDefault() is not TryStatementSyntax work)
            return null;
        var handler = work.Catches.FirstOrDefault(clause => clause.Filter is null && IsForAll(clause));
        if (handler is null)
            return null;
        foreach (var (source, name) in SettlingIn(handler.Block))
        {
            if (name is "SetException" or "TrySetException" && IsAlwaysSettled(source) && MemberFor(source, body, model, cancellationToken) is { } member)
                return member;
        }

        return null;

        bool IsForAll(CatchClauseSyntax clause)
            => clause.Declaration is null || model.GetTypeInfo(clause.Declaration.Type, cancellationToken).Type is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };

        bool IsAlwaysSettled(ISymbol source)
        {
            if (work.Finally is { } last && Settles(last.Block, source))
                return true;
            return work.Catches.All(clause => Settles(clause.Block, source))
                   && (Settles(work.Block, source) && !LeavesEarly(work.Block) || statements.Skip(1).FirstOrDefault() is { } next && SettledBy(next) is { } settled && SymbolEqualityComparer.Default.Equals(settled.Source, source) && !LeavesEarly(work.Block));
        }

        bool Settles(BlockSyntax block, ISymbol source) => SettlingIn(block).Any(each => SymbolEqualityComparer.Default.Equals(each.Source, source));

        // In any case, not only under a condition.
        IEnumerable<(ISymbol Source, string Name)> SettlingIn(BlockSyntax block)
        {
            foreach (var statement in block.Statements)
            {
                if (SettledBy(statement) is { } settled)
                    yield return settled;
            }
        }

        (ISymbol Source, string Name)? SettledBy(StatementSyntax statement)
            => statement is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax syntax } && model.GetOperation(syntax, cancellationToken) is IInvocationOperation { TargetMethod: var method, Instance: IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol, Instance: null or IInstanceReferenceOperation } source }
               && (KnownSymbols.Is(method.ContainingType, symbols.TaskCompletionSource) || KnownSymbols.Is(method.ContainingType, symbols.TaskCompletionSourceOfT))
               && method.Name is "SetResult" or "TrySetResult" or "SetException" or "TrySetException" or "SetCanceled" or "TrySetCanceled"
                ? (source.Member, method.Name)
                : null;
    }

    private static bool LeavesEarly(BlockSyntax block)
        => block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node is ReturnStatementSyntax or GotoStatementSyntax);

    private static bool IsHarmless(StatementSyntax statement)
        => statement is LocalFunctionStatementSyntax
           || statement is LocalDeclarationStatementSyntax && !statement.DescendantNodes().Any(static node => node is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or AwaitExpressionSyntax or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax or CastExpressionSyntax or ThrowExpressionSyntax);

    /// <summary>Who gives the task of the source away, or waits for it; the source itself where others can reach it.</summary>
    private static string? MemberFor(ISymbol source, SyntaxNode work, SemanticModel model, CancellationToken cancellationToken)
    {
        if (source.DeclaredAccessibility != Accessibility.Private)
            return source.Name;
        foreach (var part in source.ContainingType.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellationToken)))
        {
            var own = part.SyntaxTree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(part.SyntaxTree);
            foreach (var use in part.DescendantNodes().OfType<MemberAccessExpressionSyntax>())
            {
                if (use.Name.Identifier.ValueText == "Task" && !work.Contains(use)
                    && use.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCompleted" or "IsCompletedSuccessfully" or "IsFaulted" or "IsCanceled" or "Status" }
                    && SymbolEqualityComparer.Default.Equals(own.GetSymbolInfo(use.Expression, cancellationToken).Symbol?.OriginalDefinition, source.OriginalDefinition)
                    && use.Ancestors().OfType<MemberDeclarationSyntax>().FirstOrDefault() is { } member && own.GetDeclaredSymbol(member, cancellationToken) is { } giver)
                {
                    return giver.Name;
                }
            }
        }

        return null;
    }
}
