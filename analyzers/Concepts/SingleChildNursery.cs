using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// A nursery whose body starts one child, a call, and does nothing else, so that awaiting the call does the same. Not where anything was said of the nursery or the child (options, a
/// name), where the nursery or its scope is used besides, where its token reaches nobody, or where it matters that the child runs on the thread pool.
/// </summary>
internal sealed class SingleChildNursery
{
    private SingleChildNursery(ExpressionSyntax child, IMethodSymbol callee, IParameterSymbol? token, ExpressionSyntax? outerToken)
    {
        Child = child;
        Callee = callee;
        Token = token;
        OuterToken = outerToken;
    }

    /// <summary>The call, or the name of a method.</summary>
    public ExpressionSyntax Child { get; }

    public IMethodSymbol Callee { get; }

    /// <summary>What the child calls the nursery's token; null where it has none, or is the name of a method.</summary>
    public IParameterSymbol? Token { get; }

    /// <summary>The token that the nursery was given.</summary>
    public ExpressionSyntax? OuterToken { get; }

    /// <summary>Whether the name of a method was given, which is handed the token.</summary>
    public bool IsNamedWithToken => Child is not InvocationExpressionSyntax && Callee.Parameters.Length > 0;

    public static SingleChildNursery? Of(IInvocationOperation opening, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (opening.TargetMethod.Name != RuntimeNames.RunAsync || !ChildStart.OpensLexicalNursery(opening, symbols) || opening.Syntax is not InvocationExpressionSyntax { ArgumentList.Arguments: { } arguments } || opening.Syntax.ContainsDiagnostics)
            return null;
        ExpressionSyntax? outer = null;
        foreach (var argument in opening.Arguments.Where(static each => each.ArgumentKind == ArgumentKind.Explicit))
        {
            if (TokensInReach.IsToken(argument.Parameter?.Type, symbols))
                outer = argument.Value.IsNoToken(symbols) ? null : argument.Value.Syntax as ExpressionSyntax;
            else if (argument.Parameter?.Name != "body")
                return null;
        }

        if (DelegateOf(opening.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "body")?.Value) is not IAnonymousFunctionOperation { Symbol.Parameters: { Length: 1 } parameters } body
            || OnlyStatement(body.Body) is not IInvocationOperation { TargetMethod.Name: RuntimeNames.StartSoon or RuntimeNames.StartNow } start
            || ChildStart.NurseryOf(start, symbols)?.ReferencedSymbol() is not { } nursery || !SymbolEqualityComparer.Default.Equals(nursery, parameters[0])
            || body.Descendants().OfType<IParameterReferenceOperation>().Count(reference => SymbolEqualityComparer.Default.Equals(reference.Parameter, nursery)) != 1)
        {
            return null;
        }

        var given = start.Arguments.Where(argument => argument.ArgumentKind == ArgumentKind.Explicit && argument.Value.ReferencedSymbol() is var value && !SymbolEqualityComparer.Default.Equals(value, nursery)).ToList();
        if (given.Count != 1 || ChildOf(given[0].Value, outer, symbols, cancellationToken) is not { } found || outer is not null && !found.IsNamedWithToken && !IsUsed(found))
            return null;
        return start.TargetMethod.Name == RuntimeNames.StartNow || new Prefix(symbols, cancellationToken).IsShort(found.Callee, 0) ? found : null;

        bool IsUsed(SingleChildNursery child) => child.Token is { } token && TokenUses(child.Child, token, opening.SemanticModel!, cancellationToken).Any();
    }

    /// <summary>Where the child hands its token on.</summary>
    public static IEnumerable<IdentifierNameSyntax> TokenUses(ExpressionSyntax child, IParameterSymbol token, SemanticModel model, CancellationToken cancellationToken)
        => child.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.ValueText == token.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, token));

    private static SingleChildNursery? ChildOf(IOperation value, ExpressionSyntax? outer, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        switch (DelegateOf(value))
        {
            case IMethodReferenceOperation { Method: var method, Syntax: ExpressionSyntax named } when named is SimpleNameSyntax or MemberAccessExpressionSyntax:
                return new SingleChildNursery(named, method, null, outer);
            case IAnonymousFunctionOperation { Symbol.Parameters: var parameters } lambda when parameters.Length <= 1:
                var result = OnlyStatement(lambda.Body);
                if (result is IAwaitOperation wait)
                    result = wait.Operation.Unconverted() is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } configured } ? configured : wait.Operation;
                if (result?.Unconverted() is not IInvocationOperation { Syntax: InvocationExpressionSyntax call } child || !Awaitables.IsTaskOrValueTask(child.Type, symbols)
                    || child.Descendants().Any(operation => operation is IAwaitOperation || operation is IMemberReferenceOperation { Member.ContainingType: var owner } && KnownSymbols.Is(owner, symbols.CancelScope)))
                {
                    return null;
                }

                cancellationToken.ThrowIfCancellationRequested();
                return new SingleChildNursery(call, child.TargetMethod, parameters.FirstOrDefault(), outer);
            default:
                return null;
        }
    }

    private static IOperation? DelegateOf(IOperation? value)
    {
        while (value is IConversionOperation conversion)
            value = conversion.Operand;
        return value is IDelegateCreationOperation { IsImplicit: true } creation ? creation.Target : null;
    }

    /// <summary>What a body of one statement does: the statement's expression, or what it returns.</summary>
    private static IOperation? OnlyStatement(IBlockOperation body)
    {
        var statements = body.Operations.Where(static statement => statement is not IReturnOperation { ReturnedValue: null }).ToList();
        return statements.Count != 1 ? null : statements[0] switch
        {
            IExpressionStatementOperation statement => statement.Operation,
            IReturnOperation statement => statement.ReturnedValue,
            _ => null,
        };
    }

    /// <summary>What a function does before its first wait. On the thread pool nobody is kept from his own work by it.</summary>
    private sealed class Prefix
    {
        private const int DeepestCall = 2;

        private readonly KnownSymbols _symbols;
        private readonly CancellationToken _cancellationToken;

        public Prefix(KnownSymbols symbols, CancellationToken cancellationToken)
        {
            _symbols = symbols;
            _cancellationToken = cancellationToken;
        }

        /// <summary>Whether it neither blocks nor loops; what has no code here is taken to be asynchronous where it gives a task.</summary>
        public bool IsShort(IMethodSymbol method, int depth)
        {
            method = method.OriginalDefinition;
            method = method.PartialImplementationPart ?? method;
            // A delegate may be anything.
            if (BlockingCalls.Contains(method) || method.MethodKind == MethodKind.DelegateInvoke)
                return false;
            if (depth > DeepestCall || method.DeclaringSyntaxReferences.Length != 1)
                return true;
            var code = method.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
            if (!_symbols.Compilation.ContainsSyntaxTree(code.SyntaxTree))
                return true;
            var nodes = code.DescendantNodes(node => node == code || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).ToList();
            var end = nodes.FirstOrDefault(static node => node is AwaitExpressionSyntax)?.Span.End ?? code.Span.End;
            var before = nodes.Where(node => node.SpanStart < end).ToList();
            if (before.Any(node => node is LockStatementSyntax || node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax { AwaitKeyword.RawKind: 0 } && !node.Span.Contains(end - 1)))
                return false;
#pragma warning disable RS1030 // The child may be declared in another file; asked only for nurseries with one child.
            var model = _symbols.Compilation.GetSemanticModel(code.SyntaxTree);
#pragma warning restore RS1030
            return before.OfType<InvocationExpressionSyntax>().Select(call => model.GetSymbolInfo(call, _cancellationToken).Symbol).OfType<IMethodSymbol>()
                .Where(callee => callee.MethodKind != MethodKind.DelegateInvoke && !SymbolEqualityComparer.Default.Equals(callee.OriginalDefinition, method))
                .All(callee => IsShort(callee, depth + 1));
        }
    }
}
