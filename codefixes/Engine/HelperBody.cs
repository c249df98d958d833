using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Reads the body of a helper, with what the caller gives it in place of its parameters.</summary>
internal sealed class HelperBody
{
    private const int DeepestCall = 3;

    private readonly FunctionDrops _drops;
    private readonly IOperation?[] _roles = new IOperation?[2];
    private readonly IParameterSymbol _task;
    private readonly IParameterSymbol _handler;
    private readonly ExpressionSyntax? _expression;
    private readonly ITypeSymbol _told;
    private readonly CancellationToken _cancellationToken;
    private SemanticModel _model = null!;
    private Dictionary<IParameterSymbol, IOperation> _given = null!;

    public HelperBody(FunctionDrops drops, IParameterSymbol task, IParameterSymbol handler, ExpressionSyntax? expression, ITypeSymbol told, CancellationToken cancellationToken)
    {
        _drops = drops;
        _task = task;
        _handler = handler;
        _expression = expression;
        _told = told;
        _cancellationToken = cancellationToken;
    }

    public HandlingHelper? OfBody(IMethodSymbol method, Dictionary<IParameterSymbol, IOperation> given, int depth)
    {
        if (depth == 0)
            (_roles[0], _roles[1]) = (given[_task], given[_handler]);
        if (depth > DeepestCall || method.IsVirtual || method.IsOverride || method.IsAbstract || method.DeclaringSyntaxReferences.Length != 1)
            return null;
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
        if (Sources.CompilationOf(method, _drops.Model.Compilation) is not { } home || !home.ContainsSyntaxTree(declaration.SyntaxTree))
            return null;
        (_model, _given) = (home.GetSemanticModel(declaration.SyntaxTree), given);
        return OnlyStatement(declaration) switch
        {
            TryStatementSyntax statement when method.IsAsync => OfTry(statement),
            ExpressionStatementSyntax { Expression: var expression } => OfExpression(expression, depth),
            ExpressionSyntax expression => OfExpression(expression, depth),
            _ => null,
        };
    }

    private static SyntaxNode? OnlyStatement(SyntaxNode declaration)
    {
        var (block, arrow) = declaration switch
        {
            MethodDeclarationSyntax method => (method.Body, method.ExpressionBody),
            LocalFunctionStatementSyntax local => (local.Body, local.ExpressionBody),
            _ => default,
        };
        if (block is null)
            return arrow?.Expression;
        var statements = block.Statements.Where(static statement => statement is not LocalFunctionStatementSyntax).ToList();
        return statements.Count == 1 ? statements[0] : null;
    }

    private HandlingHelper? OfExpression(ExpressionSyntax expression, int depth)
    {
        if (expression is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" } } discard)
            expression = discard.Right;
        if (_model.GetOperation(expression, _cancellationToken) is not IInvocationOperation call)
            return null;
        if (call.TargetMethod.Name == "ContinueWith" && call.Instance is { } antecedent && GivenFor(antecedent) == _roles[0])
            return OfContinuation(call);
        var given = new Dictionary<IParameterSymbol, IOperation>(SymbolEqualityComparer.Default);
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is not { } parameter || GivenFor(argument.Value) is not { } value)
                return null;
            given[parameter.OriginalDefinition] = value;
        }

        return given.ContainsValue(_roles[0]!) ? OfBody((call.TargetMethod.ReducedFrom ?? call.TargetMethod).OriginalDefinition, given, depth + 1) : null;
    }

    /// <summary>What the caller gives for an expression of the helper; a constant stands for itself.</summary>
    private IOperation? GivenFor(IOperation value)
    {
        value = value.Unconverted();
        if (value is IParameterReferenceOperation reference)
            return _given.TryGetValue(reference.Parameter.OriginalDefinition, out var given) ? given : null;
        return value.ConstantValue.HasValue ? value : null;
    }

    private HandlingHelper? OfTry(TryStatementSyntax statement)
    {
        if (statement is not { Finally: null, Catches: { Count: 1 } catches, Block.Statements: { Count: 1 } statements }
            || statements[0] is not ExpressionStatementSyntax { Expression: AwaitExpressionSyntax { Expression: var awaited } }
            || catches[0] is not { Block.Statements: { Count: 1 } handling, Declaration: { } declared } handler
            || _model.GetDeclaredSymbol(declared, _cancellationToken) is not { } exception)
        {
            return null;
        }

        var onContext = true;
        if (_model.GetOperation(awaited, _cancellationToken) is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } configured, Arguments: { Length: 1 } arguments })
        {
            if (GivenFor(arguments[0].Value)?.ConstantValue is not { HasValue: true, Value: bool value })
                return null;
            onContext = value;
            awaited = (ExpressionSyntax)configured.Syntax;
        }

        if (GivenOf(awaited) != _roles[0] || !IsKnown(handler.Filter?.FilterExpression, exception, out var letsThrough, out var excludesCancellation) || !IsCallOfHandler(handling[0], each => IsSymbol(each, exception), out var isOptional))
            return null;
        return new HandlingHelper(_expression, exception.Type is ITypeParameterSymbol ? _told : exception.Type, !excludesCancellation, onContext, isOptional || letsThrough, letsThrough);
    }

    private HandlingHelper? OfContinuation(IInvocationOperation continuation)
    {
        if (Continued.HandlerOf(continuation) is not { } lambda || !Continued.HasKnownOptions(continuation, _drops.Symbols, out var onlyFaulted) || lambda.Syntax is not LambdaExpressionSyntax syntax)
            return null;
        var body = MovedBlock.Body(syntax);
        var antecedent = lambda.Symbol.Parameters[0];
        if (!onlyFaulted)
            body = Continued.FaultedBranch(body, antecedent, _model, _cancellationToken) is { } branch ? new[] { branch } : [];
        return body.Count == 1 && IsCallOfHandler(body[0], each => IsExceptionOf(each, antecedent), out var isOptional)
            ? new HandlingHelper(_expression, _told, seesCancellation: false, onContext: false, isOptional, letsThroughWithoutHandler: false)
            : null;
    }

    private IOperation? GivenOf(ExpressionSyntax expression) => _model.GetOperation(expression, _cancellationToken) is { } operation ? GivenFor(operation) : null;

    private bool IsSymbol(ExpressionSyntax expression, ISymbol symbol) => SymbolEqualityComparer.Default.Equals(_model.GetSymbolInfo(expression, _cancellationToken).Symbol, symbol);

    /// <summary><c>t.Exception</c>, <c>t.Exception.InnerException</c>, <c>t.Exception.GetBaseException()</c>.</summary>
    private bool IsExceptionOf(ExpressionSyntax expression, IParameterSymbol antecedent)
    {
        expression = Plain(expression);
        if (expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "GetBaseException" } original })
            expression = Plain(original.Expression);
        else if (expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "InnerException" } inner)
            expression = Plain(inner.Expression);
        return expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Exception" } access && IsSymbol(access.Expression, antecedent);
    }

    private static ExpressionSyntax Plain(ExpressionSyntax expression)
    {
        while (expression is ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
            expression = expression is ParenthesizedExpressionSyntax parenthesized ? parenthesized.Expression : ((PostfixUnaryExpressionSyntax)expression).Operand;
        return expression;
    }

    /// <summary><c>handler(e)</c>, <c>handler.Invoke(e)</c> or <c>handler?.Invoke(e)</c>, under a test for null or not, and nothing else.</summary>
    private bool IsCallOfHandler(SyntaxNode node, System.Func<ExpressionSyntax, bool> isException, out bool isOptional)
    {
        isOptional = false;
        while (node is BlockSyntax { Statements: { Count: 1 } inner })
            node = inner[0];
        if (node is IfStatementSyntax { Else: null } choice && IsNotNull(choice.Condition))
        {
            isOptional = IsCallOfHandler(choice.Statement, isException, out _);
            return isOptional;
        }

        var expression = node is ExpressionStatementSyntax statement ? statement.Expression : node as ExpressionSyntax;
        if (expression is ConditionalAccessExpressionSyntax { WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "Invoke" } } conditional } access)
        {
            isOptional = true;
            return GivenOf(access.Expression) == _roles[1] && conditional.ArgumentList.Arguments is { Count: 1 } told && isException(told[0].Expression);
        }

        return expression is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments } call
               && GivenOf(call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Invoke" } invoke ? invoke.Expression : call.Expression) == _roles[1]
               && isException(arguments[0].Expression);
    }

    private bool IsKnown(ExpressionSyntax? filter, ILocalSymbol exception, out bool asksForHandler, out bool excludesCancellation)
    {
        asksForHandler = false;
        excludesCancellation = false;
        if (filter is null)
            return true;
        if (filter is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression } both)
        {
            var isKnown = IsKnown(both.Left, exception, out asksForHandler, out excludesCancellation) & IsKnown(both.Right, exception, out var alsoAsks, out var alsoExcludes);
            asksForHandler |= alsoAsks;
            excludesCancellation |= alsoExcludes;
            return isKnown;
        }

        asksForHandler = IsNotNull(filter);
        var tested = filter switch
        {
            IsPatternExpressionSyntax { Pattern: UnaryPatternSyntax { Pattern: ConstantPatternSyntax { Expression: var type } } } test when IsSymbol(test.Expression, exception) => type,
            IsPatternExpressionSyntax { Pattern: UnaryPatternSyntax { Pattern: TypePatternSyntax { Type: var type } } } test when IsSymbol(test.Expression, exception) => type,
            PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: ParenthesizedExpressionSyntax { Expression: BinaryExpressionSyntax { RawKind: (int)SyntaxKind.IsExpression } test } } when IsSymbol(test.Left, exception) => test.Right,
            _ => null,
        };
        excludesCancellation = tested is not null && KnownSymbols.Is(_model.GetSymbolInfo(tested, _cancellationToken).Symbol, KnownSymbols.For(_model.Compilation).OperationCanceledException);
        return asksForHandler || excludesCancellation;
    }

    private bool IsNotNull(ExpressionSyntax condition)
        => condition switch
        {
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.NotEqualsExpression, Right: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.NullLiteralExpression } } test => GivenOf(test.Left) == _roles[1],
            IsPatternExpressionSyntax { Pattern: UnaryPatternSyntax { Pattern: ConstantPatternSyntax { Expression.RawKind: (int)SyntaxKind.NullLiteralExpression } } } test => GivenOf(test.Expression) == _roles[1],
            _ => false,
        };
}
