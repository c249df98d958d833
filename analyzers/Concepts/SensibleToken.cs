using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>What a wait should observe: a token, or, where <see cref="Token"/> is null, the scope that surrounds the code.</summary>
/// <param name="Token">How the code would write the token.</param>
/// <param name="Symbol">What the expression begins with.</param>
/// <param name="IsOnlyOne">Whether no other token in reach could be meant as well.</param>
internal sealed record SensibleToken(string? Token, ISymbol? Symbol, bool IsOnlyOne)
{
    private static readonly SensibleToken Ambient = new(null, null, IsOnlyOne: true);

    /// <summary>
    /// The cancellation meant for the code at <paramref name="node"/>; null where there is none, or where it is not clear. Of all the tokens in reach, those are
    /// left out that are there for something else: a source made here to cancel others, a token that was cancelled already, one that is captured by a
    /// delegate which may run at any time.
    /// </summary>
    public static SensibleToken? At(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var ambient = AmbientDepth(node, model, symbols, cancellationToken);
        var captures = CapturedDepth(node);
        var ofType = ImmutableArray<TokenInReach>.Empty;
        foreach (var batch in TokensInReach.Batches(node, model, symbols, cancellationToken))
        {
            var tokens = batch.RemoveAll(static token => token.Symbol.Name.All(static letter => letter == '_'));
            for (var index = 0; index < tokens.Length; index++)
            {
                var token = tokens[index];
                if (token.Origin is TokenOrigin.Member or TokenOrigin.ParameterMember || token.Depth > captures)
                    continue;
                // A token from outside a scope does not tell of the scope's own cancellation.
                if (ambient is { } depth && token.Depth > depth)
                    return Ambient;
                if (token.Origin == TokenOrigin.Local && !IsMeantForCode(token, node, model, symbols, cancellationToken))
                    continue;
                if (IsSpent(token.Symbol, node, model, symbols, cancellationToken) || token is { Origin: TokenOrigin.Parameter, Depth: 0 } && IsOnlyKept(token.Symbol, node, model, cancellationToken))
                    return null;
                var rivals = tokens.Skip(index + 1).Any(other => other.Origin == TokenOrigin.Parameter && other.Depth == token.Depth && token.Origin == TokenOrigin.Parameter);
                return new SensibleToken(token.Expression, token.Symbol, !rivals);
            }

            ofType = tokens.RemoveAll(static token => token.Origin is not (TokenOrigin.Member or TokenOrigin.ParameterMember));
        }

        return ambient is not null ? Ambient : OfParameterOrType(ofType, captures, node, model, symbols, cancellationToken);
    }

    /// <summary>
    /// How code at <paramref name="node"/> would write the token that a call there should be given; null where there is none, where it is not clear, and in cleanup, which runs to
    /// its end.
    /// </summary>
    public static string? ToPassOn(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => !Cleanup.ContainsWithHandlers(node, model, symbols, cancellationToken) && At(node, model, symbols, cancellationToken) is { IsOnlyOne: true } sensible
            ? sensible.Token ?? OfScope(node, model, symbols, cancellationToken)
            : null;

    /// <summary>The token of the nursery or cancel scope around the code, by the variable it is known as; null where it has no name here.</summary>
    public static string? OfScope(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => TokensInReach.At(node, model, symbols, cancellationToken).FirstOrDefault(token => token is { Origin: TokenOrigin.ParameterMember, Symbol: IParameterSymbol parameter }
            && (KnownSymbols.IsOrDerivesFrom(parameter.Type, symbols.Nursery) || KnownSymbols.Is(parameter.Type, symbols.CancelScope)))?.Expression;

    /// <summary>How many functions lie between the place and the nearest body of a nursery, child or cancel scope.</summary>
    public static int? AmbientDepth(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (!symbols.HasRuntime)
            return null;
        var depth = 0;
        for (var function = FunctionContext.EnclosingFunction(node); function is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax; function = FunctionContext.EnclosingFunction(function.Parent!))
        {
            if (FunctionContext.RoleOfDelegate(function, model, symbols, cancellationToken) is FunctionRole.NurseryBody or FunctionRole.NurseryChild or FunctionRole.ScopeBody)
                return depth;
            depth++;
        }

        return null;
    }

    /// <summary>Members only where there is no choice among them: which of several sources a wait belongs to is the author's knowledge.</summary>
    private static SensibleToken? OfParameterOrType(ImmutableArray<TokenInReach> tokens, int captures, SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (captures != int.MaxValue)
            return null;
        var members = tokens.Where(static token => token.Origin == TokenOrigin.Member).ToImmutableArray();
        if (members.IsEmpty)
        {
            // What hangs on a token that the parameter carries is known; a source that it carries is somebody else's.
            var carried = tokens.Where(token => !token.Expression.EndsWith(".Token", System.StringComparison.Ordinal)).ToImmutableArray();
            return carried.Length == 1 && tokens.Length == 1 && !carried[0].MayBeMissing && !IsSpent(carried[0].Symbol, node, model, symbols, cancellationToken) && !IsLetGo(node, cancellationToken) ? new SensibleToken(carried[0].Expression, carried[0].Symbol, IsOnlyOne: true) : null;
        }

        var direct = members.Where(token => TokensInReach.IsToken(KnownSymbols.TypeOf(token.Symbol), symbols)).ToImmutableArray();
        var candidates = direct.IsEmpty ? members : direct;
        if (candidates.Length != 1 || direct.IsEmpty && (UnsetSources.MayContain(candidates[0].Symbol, node, model, cancellationToken) || UnsetSources.IsMadeByRound(candidates[0].Symbol, node, model, cancellationToken)))
            return null;
        // A parameter that carries a token of its own may well be meant instead.
        return members.Any(member => IsSpent(member.Symbol, node, model, symbols, cancellationToken)) ? null : new SensibleToken(candidates[0].Expression, candidates[0].Symbol, IsOnlyOne: members.Length == tokens.Length);
    }

    /// <summary><c>_token = token;</c>, <c>_stop = CancellationTokenSource.CreateLinkedTokenSource(token);</c>: the function is there to keep it, not to end with it.</summary>
    private static bool IsOnlyKept(ISymbol token, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        var isKept = false;
        foreach (var name in FileIndex.NamesIn(FunctionContext.EnclosingFunction(node), token.Name, cancellationToken))
        {
            ExpressionSyntax value = name.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CreateLinkedTokenSource" } } linked } ? linked : name;
            if (value.Parent is not AssignmentExpressionSyntax assignment || assignment.Right != value || model.GetSymbolInfo(assignment.Left, cancellationToken).Symbol is not (IFieldSymbol or IPropertySymbol))
                return false;
            isKept = true;
        }

        return isKept;
    }

    /// <summary>
    /// Whether nobody waits for what a private function does: who calls it, drops the task or leaves it to a nursery. What its caller was given a token for has gone on meanwhile.
    /// </summary>
    private static bool IsLetGo(SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method || method.Parent is not TypeDeclarationSyntax type
            || method.Modifiers.Any(static modifier => modifier.RawKind is (int)SyntaxKind.PublicKeyword or (int)SyntaxKind.InternalKeyword or (int)SyntaxKind.ProtectedKeyword))
        {
            return false;
        }

        var calls = FileIndex.NamesIn(type, method.Identifier.ValueText, cancellationToken).ToList();
        return calls.Count > 0 && calls.All(static name => AsyncCode.CallAt(name) is { } call && (IsDropped(call) || call.Parent is AnonymousFunctionExpressionSyntax { Parent: ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax start } } && IsDropped(start)));

        static bool IsDropped(ExpressionSyntax call) => call.Parent is ExpressionStatementSyntax or AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" } };
    }

    /// <summary>
    /// Whether a token of the type is meant for this function as well: it looks at it somewhere, or no function of the type does. Where only others do, this one may well
    /// be there to outlive it.
    /// </summary>
    public static bool IsMeantForFunction(ISymbol member, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        if (member is not (IFieldSymbol or IPropertySymbol) || node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type)
            return true;
        var function = node.FirstAncestorOrSelf<MemberDeclarationSyntax>()!;
        // One that is made anew here is not the one that the code runs under.
        if (function.DescendantNodes().OfType<AssignmentExpressionSyntax>().Any(assignment => model.GetSymbolInfo(assignment.Left, cancellationToken).Symbol is IFieldSymbol or IPropertySymbol
            && KnownSymbols.For(model.Compilation) is var symbols && model.GetTypeInfo(assignment.Left, cancellationToken).Type is { } assigned && (TokensInReach.IsSource(assigned, symbols) || TokensInReach.IsToken(assigned, symbols))))
        {
            return false;
        }

        var isUsed = false;
        foreach (var part in PartsOf(type, model, cancellationToken))
        {
#pragma warning disable RS1030 // Another part of the type may stand in another tree, of which a model is made only where it names the member.
            var home = new Lazy<SemanticModel>(() => part.SyntaxTree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(part.SyntaxTree), LazyThreadSafetyMode.None);
#pragma warning restore RS1030
            foreach (var name in FileIndex.NamesIn(part, member.Name, cancellationToken).OfType<IdentifierNameSyntax>())
            {
                if (!IsLook(name) || !SymbolEqualityComparer.Default.Equals(home.Value.GetSymbolInfo(name, cancellationToken).Symbol, member))
                    continue;
                if (part == type && function.Span.Contains(name.Span))
                    return true;
                isUsed = true;
            }
        }

        return !isUsed;

        static bool IsLook(IdentifierNameSyntax name)
        {
            ExpressionSyntax expression = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
            return !IsCancelled(name) && !(expression.Parent is AssignmentExpressionSyntax assignment && assignment.Left == expression)
                   && expression.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Dispose" or "CancelAfter" };
        }
    }

    private static IEnumerable<SyntaxNode> PartsOf(TypeDeclarationSyntax type, SemanticModel model, CancellationToken cancellationToken)
        => type.Modifiers.Any(SyntaxKind.PartialKeyword) && model.GetDeclaredSymbol(type, cancellationToken) is INamedTypeSymbol { DeclaringSyntaxReferences: { Length: > 1 } parts }
            ? parts.Select(part => part.GetSyntax(cancellationToken))
            : [type];

    /// <summary>Work that an asynchronous function starts and lets go is meant to outlive it, and its token. One that only starts has the token for the work.</summary>
    public static bool IsOutlived(ISymbol token, SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        for (var function = FunctionContext.EnclosingFunction(node); function is AnonymousFunctionExpressionSyntax; function = FunctionContext.EnclosingFunction(function.Parent!))
        {
            if (token.DeclaringSyntaxReferences.FirstOrDefault() is { } declared && declared.SyntaxTree == node.SyntaxTree && function.Span.Contains(declared.Span))
                return false;
            if (function.Parent is not ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax start })
                continue;
            SyntaxNode whole = start;
            while (whole.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax next })
                whole = next;
            if (whole.Parent is ExpressionStatementSyntax or AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" } }
                && Awaitables.IsAwaitable(model.GetTypeInfo(whole, cancellationToken).Type, symbols)
                && FunctionContext.Of(start, model, symbols, cancellationToken).Kind != FunctionKind.Sync)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How many functions outwards a delegate may be taken to run while its surroundings still do: those that are written as arguments, and local functions.</summary>
    private static int CapturedDepth(SyntaxNode node)
    {
        var depth = 0;
        for (var function = FunctionContext.EnclosingFunction(node); function is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax; function = FunctionContext.EnclosingFunction(function.Parent!))
        {
            SyntaxNode expression = function;
            while (expression.Parent is ParenthesizedExpressionSyntax or CastExpressionSyntax)
                expression = expression.Parent;
            if (function is AnonymousFunctionExpressionSyntax && expression.Parent is not (ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax } or ArrowExpressionClauseSyntax or ReturnStatementSyntax))
                return depth;
            depth++;
        }

        return int.MaxValue;
    }

    /// <summary>
    /// A source that was made here and that this code cancels, or that only ends after a time, is there for the calls it is given to. One that follows another
    /// token, or that a callback cancels, is there for this code.
    /// </summary>
    private static bool IsMeantForCode(TokenInReach token, SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var local = (ILocalSymbol)token.Symbol;
        for (var steps = 0; steps < 4; steps++)
        {
            if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not VariableDeclaratorSyntax { Initializer.Value: { } value } declarator)
                return true;
            if (TokensInReach.IsSource(local.Type, symbols))
            {
                var (here, inCallback) = Cancels(local, declarator, model, cancellationToken);
                return inCallback || !here && value is InvocationExpressionSyntax;
            }

            if (value is LiteralExpressionSyntax or DefaultExpressionSyntax or ObjectCreationExpressionSyntax || Operations.IsNoToken(model.GetSymbolInfo(value, cancellationToken).Symbol, symbols))
                return false;
            var first = value;
            while (first is MemberAccessExpressionSyntax access)
                first = access.Expression;
            if (model.GetSymbolInfo(first, cancellationToken).Symbol is not ILocalSymbol next)
                return true;
            local = next;
        }

        return false;
    }

    /// <summary>Whether the function that made the source cancels it itself, and whether a callback in it does.</summary>
    private static (bool Here, bool InCallback) Cancels(ILocalSymbol source, VariableDeclaratorSyntax declarator, SemanticModel model, CancellationToken cancellationToken)
    {
        var function = FunctionContext.EnclosingFunction(declarator);
        bool here = false, inCallback = false;
        foreach (var name in FileIndex.NamesIn(function, source.Name, cancellationToken).OfType<IdentifierNameSyntax>())
        {
            if (!IsCancelled(name) || !SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, source))
                continue;
            var isHere = FunctionContext.EnclosingFunction(name) == function;
            here |= isHere;
            inCallback |= !isHere;
        }

        return (here, inCallback);
    }

    /// <summary><c>source.Cancel()</c>, <c>source?.Cancel()</c>, <c>source.CancelAsync()</c>.</summary>
    public static bool IsCancelled(IdentifierNameSyntax source)
    {
        ExpressionSyntax expression = source.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : source;
        return expression.Parent switch
        {
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Cancel" or "CancelAsync", Parent: InvocationExpressionSyntax } => true,
            ConditionalAccessExpressionSyntax { WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "Cancel" or "CancelAsync" } } } => true,
            _ => false,
        };
    }

    /// <summary>Whether the code is only reached once the token is cancelled: behind a <c>Cancel()</c>, a loop that runs until then, or a test of it.</summary>
    private static bool IsSpent(ISymbol token, SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var function = FunctionContext.EnclosingFunction(node);
        foreach (var name in FileIndex.NamesIn(function, token.Name, cancellationToken).OfType<IdentifierNameSyntax>())
        {
            if (name.SpanStart < node.SpanStart && IsCancelled(name) && FunctionContext.EnclosingFunction(name) == function && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, token))
                return true;
        }

        // `token.Register(() => …)`: this is what the cancellation calls.
        for (var current = function; current is AnonymousFunctionExpressionSyntax; current = FunctionContext.EnclosingFunction(current.Parent!))
        {
            if (current.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Register" or "UnsafeRegister" } register } }
                && TokensInReach.IsToken(model.GetTypeInfo(register.Expression, cancellationToken).Type, symbols))
            {
                return true;
            }
        }

        for (var current = node; current != function && current is not null; current = current.Parent)
        {
            if (current.Parent is IfStatementSyntax choice && choice.Statement == current && Reads(choice.Condition, isTrue: true))
                return true;
            if (current.Parent is ElseClauseSyntax { Parent: IfStatementSyntax other } && Reads(other.Condition, isTrue: false))
                return true;
            if (current is StatementSyntax statement && current.Parent is BlockSyntax block
                && block.Statements.TakeWhile(each => each != statement).Any(each => each is WhileStatementSyntax loop && Reads(loop.Condition, isTrue: false)))
            {
                return true;
            }
        }

        return false;

        bool Reads(ExpressionSyntax condition, bool isTrue)
        {
            while (condition is ParenthesizedExpressionSyntax inner)
                condition = inner.Expression;
            if (condition is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } negation)
                return !isTrue && ReadsToken(negation.Operand);
            return isTrue && ReadsToken(condition);
        }

        bool ReadsToken(ExpressionSyntax expression)
            => expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } access
               && access.Expression.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(name => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, token));
    }
}
