using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers;

/// <summary>Where code asks whether a source, or its token, was cancelled.</summary>
/// <param name="Expression">The whole question.</param>
/// <param name="IsLinked">Whether the source follows other tokens as well as the clock.</param>
internal sealed record TimeoutTest(ExpressionSyntax Expression, bool IsLinked);

/// <summary>
/// A token source that a function makes to end the waits of one call, or of one block, after a time: by its constructor or by <c>CancelAfter</c>, alone or linked with other
/// tokens. Nobody else sees it, nothing else cancels it, and everything that is awaited while it runs is given its token.
/// </summary>
internal sealed class HandMadeTimeout
{
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;
    private readonly SyntaxNode _function;
    private readonly List<SyntaxNode> _declarations = new();
    private readonly List<ExpressionSyntax> _outer = new();
    private readonly List<ExpressionSyntax> _tokens = new();
    private readonly List<TimeoutTest> _tests = new();
    private readonly List<StatementSyntax> _disposals = new();

    private HandMadeTimeout(SyntaxNode function, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _function = function;
        _model = model;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>How long, as it is given: milliseconds or a <c>TimeSpan</c>.</summary>
    public ExpressionSyntax Duration { get; private set; } = null!;

    /// <summary><c>source.CancelAfter(…)</c>; null where the constructor is given the time.</summary>
    public ExpressionStatementSyntax? Arming { get; private set; }

    /// <summary>The declarators of the source, of the source that follows it, and of their tokens.</summary>
    public IReadOnlyList<SyntaxNode> Declarations => _declarations;

    /// <summary>The tokens that are followed besides the clock.</summary>
    public IReadOnlyList<ExpressionSyntax> Outer => _outer;

    /// <summary>Where the token goes: arguments, and what <c>ThrowIfCancellationRequested</c> is called on.</summary>
    public IReadOnlyList<ExpressionSyntax> Tokens => _tokens;

    public IReadOnlyList<TimeoutTest> Tests => _tests;

    /// <summary>Statements that only dispose of the source.</summary>
    public IReadOnlyList<StatementSyntax> Disposals => _disposals;

    /// <summary>The statements, one after the other, that run under the timeout: from the first that is given the token to the last.</summary>
    public ImmutableArray<StatementSyntax> Region { get; private set; }

    /// <summary>The awaits in the region, those in its lambdas left out.</summary>
    public ImmutableArray<SyntaxNode> Waits { get; private set; }

    /// <summary>What is known of the source that <paramref name="declarator"/> makes; null where it is more than a timeout of one call or block.</summary>
    public static HandMadeTimeout? Of(VariableDeclaratorSyntax declarator, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var function = FunctionContext.Of(declarator, model, symbols, cancellationToken);
        if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint)
            return null;
        var timeout = new HandMadeTimeout(function.Node, model, symbols, cancellationToken);
        return timeout.LooksAt(declarator) ? timeout : null;
    }

    /// <summary>Whether a time is known to be no limit at all.</summary>
    public static bool IsInfinite(ExpressionSyntax duration, SemanticModel model, CancellationToken cancellationToken)
        => model.GetConstantValue(duration, cancellationToken) is { HasValue: true, Value: -1 }
           || model.GetSymbolInfo(duration, cancellationToken).Symbol is IFieldSymbol { Name: "Infinite" or "InfiniteTimeSpan" or "MaxValue" };

    private bool LooksAt(VariableDeclaratorSyntax declarator)
    {
        if (_model.GetDeclaredSymbol(declarator, _cancellationToken) is not ILocalSymbol source || !KnownSymbols.Is(source.Type, _symbols.CancellationTokenSource))
            return false;
        var isLinked = false;
        switch (declarator.Initializer?.Value)
        {
            case BaseObjectCreationExpressionSyntax { Initializer: null } made when made.ArgumentList is null or { Arguments.Count: <= 1 }:
                if (made.ArgumentList?.Arguments.FirstOrDefault() is { } time)
                    Duration = time.Expression;
                break;
            case InvocationExpressionSyntax link when IsLink(link):
                isLinked = true;
                _outer.AddRange(link.ArgumentList.Arguments.Select(static argument => argument.Expression));
                break;
            default:
                return false;
        }

        return TakeSource(source, declarator, isLinked, isFollower: false)
               && Duration is not null && !IsInfinite(Duration, _model, _cancellationToken)
               && _tokens.Count > 0
               && FindRegion() && IsArmedBefore() && IsAboutRegion();
    }

    private bool IsLink(InvocationExpressionSyntax call)
        => _model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "CreateLinkedTokenSource" } method && KnownSymbols.Is(method.ContainingType, _symbols.CancellationTokenSource)
           && call.ArgumentList.Arguments.All(argument => TokensInReach.IsToken(_model.GetTypeInfo(argument.Expression, _cancellationToken).Type, _symbols));

    private IEnumerable<IdentifierNameSyntax> UsesOf(ISymbol symbol)
        => FileIndex.NamesIn(_function, symbol.Name, _cancellationToken).OfType<IdentifierNameSyntax>().Where(name => SymbolEqualityComparer.Default.Equals(_model.GetSymbolInfo(name, _cancellationToken).Symbol, symbol));

    /// <summary>Goes through the uses of a source; false where one of them is more than to hand on its token, to ask, and to dispose.</summary>
    private bool TakeSource(ILocalSymbol source, VariableDeclaratorSyntax declarator, bool isLinked, bool isFollower)
    {
        _declarations.Add(declarator);
        foreach (var use in UsesOf(source))
        {
            if (use.Parent is not MemberAccessExpressionSyntax access || access.Expression != use)
                return false;
            switch (access.Name.Identifier.ValueText)
            {
                case "Token":
                    if (!TakeToken(access, isLinked, isFollower))
                        return false;
                    break;
                case "IsCancellationRequested":
                    _tests.Add(new TimeoutTest(access, isLinked));
                    break;
                case "CancelAfter" when !isFollower && Duration is null && access.Parent is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments, Parent: ExpressionStatementSyntax statement }:
                    Duration = arguments[0].Expression;
                    Arming = statement;
                    break;
                case "Dispose" when access.Parent is InvocationExpressionSyntax { Parent: ExpressionStatementSyntax statement }:
                    _disposals.Add(statement);
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private bool TakeToken(ExpressionSyntax token, bool isLinked, bool isFollower)
    {
        while (token.Parent is ParenthesizedExpressionSyntax outer)
            token = outer;
        switch (token.Parent)
        {
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } test when test.Expression == token:
                _tests.Add(new TimeoutTest(test, isLinked));
                return true;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ThrowIfCancellationRequested" } check when check.Expression == token:
                _tokens.Add(token);
                return true;
            case ArgumentSyntax { RefKindKeyword.RawKind: 0, Parent.Parent: InvocationExpressionSyntax call }:
                if (!isFollower && !isLinked && IsLink(call))
                    return TakeFollower(call, token);
                if (_model.GetSymbolInfo(call, _cancellationToken).Symbol is not IMethodSymbol method || TokensInReach.IsSource(method.ContainingType, _symbols) || TokensInReach.IsToken(method.ContainingType, _symbols))
                    return false;
                _tokens.Add(token);
                return true;
            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } when _model.GetDeclaredSymbol(declarator, _cancellationToken) is ILocalSymbol alias && TokensInReach.IsToken(alias.Type, _symbols):
                _declarations.Add(declarator);
                return UsesOf(alias).All(use => !(use.Parent is AssignmentExpressionSyntax assignment && assignment.Left == use) && TakeToken(use, isLinked, isFollower));
            default:
                return false;
        }
    }

    /// <summary>A second source that ends with this one, or with somebody else's token.</summary>
    private bool TakeFollower(InvocationExpressionSyntax link, ExpressionSyntax token)
    {
        if (link.Parent is not EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } || _model.GetDeclaredSymbol(declarator, _cancellationToken) is not ILocalSymbol follower)
            return false;
        _outer.AddRange(link.ArgumentList.Arguments.Select(static argument => argument.Expression).Where(each => each != token));
        return TakeSource(follower, declarator, isLinked: _outer.Count > 0, isFollower: true);
    }

    private bool FindRegion()
    {
        var whole = TextSpan.FromBounds(_tokens.Min(static token => token.SpanStart), _tokens.Max(static token => token.Span.End));
        SyntaxNode? node = _tokens[0];
        while (node is not null && !(node.Span.Contains(whole) && node is StatementSyntax or CompilationUnitSyntax && FunctionContext.EnclosingFunction(node) == _function))
            node = node == _function ? null : node.Parent;
        // An earlier declaration that the region is repeated under, or an await of it, counts for every round.
        var home = _declarations[0].FirstAncestorOrSelf<StatementSyntax>();
        for (var outer = node; outer is not null && home is not null && !outer.Span.Contains(home.Span); outer = outer.Parent)
        {
            if (outer is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax)
                node = outer;
        }

        var list = node switch
        {
            BlockSyntax block => block.Statements,
            CompilationUnitSyntax unit => unit.Members.OfType<GlobalStatementSyntax>().Select(static member => member.Statement),
            StatementSyntax statement => [statement],
            _ => Enumerable.Empty<StatementSyntax>(),
        };
        Region = list.Where(statement => statement.Span.End > whole.Start && statement.SpanStart < whole.End).ToImmutableArray();
        return !Region.IsEmpty;
    }

    /// <summary>Whether the clock is started on every way to the region.</summary>
    private bool IsArmedBefore()
        => Arming is null || Arming.SpanStart < Region[0].SpanStart && (Arming.Parent is GlobalStatementSyntax || Arming.Parent is BlockSyntax block && block.Span.Contains(Region[0].Span) && FunctionContext.EnclosingFunction(block) == _function);

    /// <summary>Whether the time is that of the region and of nothing else: all that is awaited in it observes the token, and nothing is awaited before.</summary>
    private bool IsAboutRegion()
    {
        var span = TextSpan.FromBounds(Region[0].SpanStart, Region[Region.Length - 1].Span.End);
        var start = _declarations[0].Span.End;
        var waits = ImmutableArray.CreateBuilder<SyntaxNode>();
        foreach (var node in _function.DescendantNodes(node => node == _function || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            if (node.SpanStart < start || node.SpanStart >= span.End)
                continue;
            if (node is YieldStatementSyntax)
                return false;
            ExpressionSyntax? awaited = node switch
            {
                AwaitExpressionSyntax each => each.Expression,
                CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } each => each.Expression,
                _ => null,
            };
            if (awaited is null)
                continue;
            if (!span.Contains(node.Span))
                return false;
            if (_tokens.Any(token => awaited.Span.Contains(token.Span)))
                waits.Add(node);
            else if (!node.Ancestors().TakeWhile(each => each != _function).Any(static each => each is CatchClauseSyntax or FinallyClauseSyntax))
                return false;
        }

        Waits = waits.ToImmutable();
        return Waits.Length > 0 && _tokens.All(IsAwaited);
    }

    /// <summary>
    /// Whether what is given the token has ended when the region has: it is awaited, or it is a plain call that gives nothing back which could hold the token.
    /// </summary>
    private bool IsAwaited(ExpressionSyntax token)
    {
        if (Waits.Any(wait => wait.Span.Contains(token.Span) && (wait is AwaitExpressionSyntax || ((CommonForEachStatementSyntax)wait).Expression.Span.Contains(token.Span))))
            return true;
        if (FunctionContext.EnclosingFunction(token) != _function)
            return false;
        return token.Parent is MemberAccessExpressionSyntax
               || token.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } && _model.GetTypeInfo(call, _cancellationToken).Type?.SpecialType is SpecialType.System_Void or SpecialType.System_Boolean or SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_String;
    }
}
