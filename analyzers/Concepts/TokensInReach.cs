using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>Where a token comes from, nearest first.</summary>
internal enum TokenOrigin
{
    /// <summary>A local variable of this or an enclosing function.</summary>
    Local,

    /// <summary>A parameter of this or an enclosing function; of the primary constructor as well.</summary>
    Parameter,

    /// <summary>A field or property of the type or of a base type.</summary>
    Member,

    /// <summary>A member of a parameter: <c>request.Options.CancelToken</c>.</summary>
    ParameterMember,
}

/// <summary>A cancellation token that code at a given place can name.</summary>
/// <param name="Expression">How the code would write it: <c>cancellationToken</c>, <c>_stopping.Token</c>.</param>
/// <param name="Symbol">The local, parameter, field or property the expression begins with.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Depth">How many functions lie between the place and the declaration; 0 is the function itself. Members come after every function.</param>
/// <param name="MayBeMissing">Whether what carries the token may be null here, so that code cannot just name it.</param>
internal sealed record TokenInReach(string Expression, ISymbol Symbol, TokenOrigin Origin, int Depth, bool MayBeMissing = false);

/// <summary>
/// Which cancellation tokens are in reach, nearest first: locals and parameters of the function and of the functions around it, primary-constructor parameters,
/// fields and properties of the type, the token of a source among those, and tokens that a parameter carries.
/// </summary>
internal static class TokensInReach
{
    private const int DeepestMember = 2;

    private static readonly ConditionalWeakTable<INamedTypeSymbol, (string Path, bool MayBeMissing)[]> CarriedTokens = new();
    private static readonly ConditionalWeakTable<INamedTypeSymbol, ISymbol[]> TokenMembers = new();

    private static readonly ImmutableArray<string> DeclaringKeywords = ImmutableArray.Create("out", "is", "case", "switch");

    // Asked for every call and loop of a function: to walk through it each time would cost its square.
    private static readonly ConditionalWeakTable<SemanticModel, ConcurrentDictionary<SyntaxNode, ImmutableArray<(SyntaxNode Declaration, ILocalSymbol Local)>>> TokenLocals = new();

    public static ImmutableArray<TokenInReach> At(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => Batches(node, model, symbols, cancellationToken).SelectMany(static batch => batch).ToImmutableArray();

    /// <summary>
    /// As <see cref="At"/>, in two parts: the locals and parameters of functions, and the others, which cost more and are only looked for where they are asked for.
    /// </summary>
    public static IEnumerable<ImmutableArray<TokenInReach>> Batches(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (symbols.CancellationToken is null)
            yield break;
        var search = new Search(node, model, symbols, cancellationToken);
        yield return search.OfFunctions();
        yield return search.OfType();
    }

    public static bool IsToken(ITypeSymbol? type, KnownSymbols symbols) => KnownSymbols.Is(type, symbols.CancellationToken);

    public static bool IsSource(ITypeSymbol? type, KnownSymbols symbols) => KnownSymbols.IsOrDerivesFrom(type, symbols.CancellationTokenSource);

    private sealed class Search
    {
        private readonly SyntaxNode _node;
        private readonly SemanticModel _model;
        private readonly KnownSymbols _symbols;
        private readonly CancellationToken _cancellationToken;
        private readonly ImmutableArray<TokenInReach>.Builder _found = ImmutableArray.CreateBuilder<TokenInReach>();

        // What may carry tokens; whether it does is a matter of its type's members.
        private readonly List<(IParameterSymbol Parameter, int Depth)> _carriers = new();
        private int _depth;
        private bool _hasThis = true;

        public Search(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        {
            _node = node;
            _model = model;
            _symbols = symbols;
            _cancellationToken = cancellationToken;
        }

        public ImmutableArray<TokenInReach> OfFunctions()
        {
            for (var current = _node; current is not null; current = current.Parent)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                var function = FunctionContext.EnclosingFunction(current);
                var isFunction = function is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or ArrowExpressionClauseSyntax or CompilationUnitSyntax;
                if (isFunction)
                {
                    AddLocals(function);
                    AddParameters(function);
                    _depth++;
                }

                // A static local function or lambda captures nothing, neither locals nor `this`.
                var isStatic = function switch
                {
                    AnonymousFunctionExpressionSyntax lambda => lambda.Modifiers.Any(SyntaxKind.StaticKeyword),
                    LocalFunctionStatementSyntax local => local.Modifiers.Any(SyntaxKind.StaticKeyword),
                    _ => false,
                };
                if (isStatic || function is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
                {
                    _hasThis = !isStatic && IsInstanceMember(function);
                    break;
                }

                current = function;
            }

            return Taken();
        }

        /// <summary>To be asked after the functions.</summary>
        public ImmutableArray<TokenInReach> OfType()
        {
            AddMembers();
            foreach (var (parameter, depth) in _carriers)
            {
                var paths = TokensCarriedBy(parameter.Type);
                if (paths.Length == 0 || depth > 0 && !IsVisible(parameter))
                    continue;
                var mayBeMissing = MayBeNull(parameter);
                foreach (var (path, mayPathBeMissing) in paths)
                    _found.Add(new TokenInReach(parameter.Name + "." + path, parameter, TokenOrigin.ParameterMember, depth, mayBeMissing || mayPathBeMissing));
            }

            return Taken();
        }

        /// <summary>
        /// Whether what carries the token may be missing here. The type says so; where it says nothing (code without nullable annotations), a default of null does, that of the same
        /// parameter of a neighbouring method as well: <c>RequestOptions options = null</c> is then handed on. Who asks whether it is null, or takes a member of it without, knows.
        /// </summary>
        private bool MayBeNull(IParameterSymbol parameter)
        {
            if (parameter.Type.IsValueType)
                return false;
            var isOptional = parameter.Type.NullableAnnotation == NullableAnnotation.Annotated || HasNullDefault(parameter)
                || parameter.Type.NullableAnnotation == NullableAnnotation.None && parameter.ContainingSymbol is IMethodSymbol { ContainingType: { } type }
                   && type.GetMembers().OfType<IMethodSymbol>().SelectMany(static method => method.Parameters).Any(each => HasNullDefault(each) && SymbolEqualityComparer.Default.Equals(each.Type, parameter.Type));
            var function = _node.FirstAncestorOrSelf<MemberDeclarationSyntax>(static node => node is not TypeDeclarationSyntax) ?? _node.SyntaxTree.GetRoot(_cancellationToken);
            bool isUsed = false, isAsked = false;
            foreach (var name in FileIndex.NamesIn(function, parameter.Name, _cancellationToken))
            {
                switch (name.Parent)
                {
                    // What it is given is another matter: nobody gives null to go on with it.
                    case AssignmentExpressionSyntax assignment when assignment.Left == name && name.SpanStart < _node.SpanStart:
                        return false;
                    case ConditionalAccessExpressionSyntax asked when asked.Expression == name:
                    case IsPatternExpressionSyntax pattern when pattern.Expression == name:
                    case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } either when either.Left == name:
                    case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } test when (test.Left == name ? test.Right : test.Left).IsKind(SyntaxKind.NullLiteralExpression):
                        isAsked |= !IsGuard(name);
                        isUsed |= IsGuard(name);
                        break;
                    case MemberAccessExpressionSyntax access when access.Expression == name && name.SpanStart < _node.SpanStart:
                        isUsed = true;
                        break;
                    case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ThrowIfNull" } } } when name.SpanStart < _node.SpanStart:
                        isUsed = true;
                        break;
                }
            }

            return isAsked || isOptional && !isUsed;
        }

        /// <summary><c>if (options == null) throw …;</c></summary>
        private static bool IsGuard(SyntaxNode name)
            => name.Parent?.Parent is IfStatementSyntax { Statement: var then } && (then is BlockSyntax block ? block.Statements.FirstOrDefault() : then) is ThrowStatementSyntax || name.Parent is BinaryExpressionSyntax { Right: ThrowExpressionSyntax };

        private static bool HasNullDefault(IParameterSymbol parameter) => parameter is { HasExplicitDefaultValue: true, Type.IsReferenceType: true } && parameter.ExplicitDefaultValue is null;

        private ImmutableArray<TokenInReach> Taken()
        {
            var taken = _found.ToImmutable();
            _found.Clear();
            return taken;
        }

        private static bool IsInstanceMember(SyntaxNode function)
            => function is not PropertyDeclarationSyntax
               && function.FirstAncestorOrSelf<MemberDeclarationSyntax>() is { } member and not (TypeDeclarationSyntax or BaseFieldDeclarationSyntax or GlobalStatementSyntax)
               && !member.Modifiers.Any(SyntaxKind.StaticKeyword);

        private void AddLocals(SyntaxNode function)
        {
            // Nearest first: the last one declared before the place.
            var functions = TokenLocals.GetValue(_model, static _ => new ConcurrentDictionary<SyntaxNode, ImmutableArray<(SyntaxNode, ILocalSymbol)>>());
            if (!functions.TryGetValue(function, out var locals))
                functions[function] = locals = LocalsOf(function);
            for (var index = locals.Length - 1; index >= 0; index--)
            {
                var (node, local) = locals[index];
                if (node.SpanStart < _node.SpanStart && !(node is VariableDeclaratorSyntax && node.Span.Contains(_node.Span)) && IsVisible(local))
                    Add(local.Name, local, local.Type, TokenOrigin.Local, _depth);
            }
        }

        /// <summary>Every token and source among the variables of a function, in the order of the text. Asked once a function.</summary>
        private ImmutableArray<(SyntaxNode Declaration, ILocalSymbol Local)> LocalsOf(SyntaxNode function)
        {
            var found = ImmutableArray.CreateBuilder<(SyntaxNode, ILocalSymbol)>();
            foreach (var node in DeclarationsIn(function, _cancellationToken))
            {
                if (node is not (VariableDeclaratorSyntax or SingleVariableDesignationSyntax or ForEachStatementSyntax) || node is VariableDeclaratorSyntax variable && IsSomethingElse(variable))
                    continue;
                if (_model.GetDeclaredSymbol(node, _cancellationToken) is ILocalSymbol local && IsTokenOrSource(local.Type))
                    found.Add((node, local));
            }

            return found.ToImmutable();
        }

        /// <summary>
        /// Everything that may declare a variable of the function, and more. Most of a function is expressions, which declare none but after <c>out</c>, in a pattern, or where a tuple is taken apart.
        /// </summary>
        private static IEnumerable<SyntaxNode> DeclarationsIn(SyntaxNode function, CancellationToken cancellationToken)
        {
            var mayBeInside = DeclaringKeywords.Any(keyword => FileIndex.MayHave(function, keyword, cancellationToken));
            return function.DescendantNodes(child => child == function || child switch
            {
                AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax => false,
                AssignmentExpressionSyntax { Left: TupleExpressionSyntax or DeclarationExpressionSyntax } or TupleExpressionSyntax or DeclarationExpressionSyntax => true,
                ExpressionSyntax => mayBeInside,
                _ => true,
            });
        }

        /// <summary>What is plainly no token and no source, which saves the question what it is.</summary>
        private static bool IsSomethingElse(VariableDeclaratorSyntax variable)
            => variable.Parent is VariableDeclarationSyntax { Type: PredefinedTypeSyntax or ArrayTypeSyntax or TupleTypeSyntax or PointerTypeSyntax }
               || variable is { Parent: VariableDeclarationSyntax { Type: { IsVar: true } }, Initializer.Value: LiteralExpressionSyntax or InterpolatedStringExpressionSyntax or TypeOfExpressionSyntax or AnonymousObjectCreationExpressionSyntax or AnonymousFunctionExpressionSyntax or ArrayCreationExpressionSyntax or ImplicitArrayCreationExpressionSyntax };

        private void AddParameters(SyntaxNode function)
        {
            var method = function switch
            {
                AnonymousFunctionExpressionSyntax => _model.GetSymbolInfo(function, _cancellationToken).Symbol as IMethodSymbol,
                ArrowExpressionClauseSyntax arrow => (_model.GetDeclaredSymbol(arrow.Parent!, _cancellationToken) as IPropertySymbol)?.GetMethod,
                _ => _model.GetDeclaredSymbol(function, _cancellationToken) as IMethodSymbol,
            };
            if (method is not null)
                AddParameters(method.Parameters, _depth);
        }

        private void AddParameters(ImmutableArray<IParameterSymbol> parameters, int depth)
        {
            foreach (var parameter in parameters)
            {
                if (parameter.RefKind == RefKind.Out || parameter.IsDiscard || parameter.Name.Length == 0)
                    continue;
                // What the name means is asked last: binding it, as if it were written here, costs far more than a look at the type. Nothing in a function hides its own parameters.
                if (IsTokenOrSource(parameter.Type))
                {
                    if (depth == 0 || IsVisible(parameter))
                        Add(parameter.Name, parameter, parameter.Type, TokenOrigin.Parameter, depth);
                }
                else
                {
                    _carriers.Add((parameter, depth));
                }
            }
        }

        private void AddMembers()
        {
            if (TypeAround() is not { } type)
                return;
            if (_hasThis)
                AddParameters(PrimaryConstructorParameters(type), _depth);

            // A token before the source it may come from; the type's own before its base's.
            var sources = new List<ISymbol>();
            if (!TokenMembers.TryGetValue(type, out var members))
                members = TokenMembers.GetValue(type, MembersOf);
            foreach (var member in members)
            {
                if ((!member.IsStatic && !_hasThis) || !(IsPlainlyVisible(member, type) || IsVisible(member)))
                    continue;
                if (TypeOf(member) is { } memberType && IsToken(memberType, _symbols))
                    Add(member.Name, member, memberType, TokenOrigin.Member, _depth);
                else
                    sources.Add(member);
            }

            foreach (var source in sources)
                Add(source.Name, source, TypeOf(source)!, TokenOrigin.Member, _depth);
        }

        /// <summary>The declaration says so, in a fraction of the time that the binding of a place in a function takes.</summary>
        private INamedTypeSymbol? TypeAround()
            => _node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } declaration and (ClassDeclarationSyntax or StructDeclarationSyntax or InterfaceDeclarationSyntax or RecordDeclarationSyntax)
               ? _model.GetDeclaredSymbol(declaration, _cancellationToken)
               : _model.GetEnclosingSymbol(_node.SpanStart, _cancellationToken)?.ContainingType;

        /// <summary>Every token and source among the members of a type and its bases. Asked once a type.</summary>
        private ISymbol[] MembersOf(INamedTypeSymbol type)
        {
            var found = new List<ISymbol>();
            for (var current = type; current is not null && current.SpecialType == SpecialType.None; current = current.BaseType)
                found.AddRange(current.GetMembers().Where(member => TypeOf(member) is { } memberType && member.CanBeReferencedByName && IsTokenOrSource(memberType)));
            return found.ToArray();
        }

        private void Add(string name, ISymbol symbol, ITypeSymbol type, TokenOrigin origin, int depth)
        {
            if (symbol is IPropertySymbol { GetMethod: null })
                return;
            var expression = SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;
            _found.Add(new TokenInReach(IsToken(type, _symbols) ? expression : expression + ".Token", symbol, origin, depth));
        }

        /// <summary>
        /// Whether the bare name means this symbol here: in scope, accessible and not hidden by a nearer one. Bound as if it were written here: <c>LookupSymbols</c> goes through
        /// every namespace in use, even for one name.
        /// </summary>
        private bool IsVisible(ISymbol symbol)
            => SymbolEqualityComparer.Default.Equals(_model.GetSpeculativeSymbolInfo(_node.SpanStart, SyntaxFactory.IdentifierName(symbol.Name), SpeculativeBindingOption.BindAsExpression).Symbol, symbol);

        /// <summary>The type's own members are found by their name where no function around the place declares another thing of that name.</summary>
        private bool IsPlainlyVisible(ISymbol member, INamedTypeSymbol type)
            => SymbolEqualityComparer.Default.Equals(member.ContainingType, type) && _node.FirstAncestorOrSelf<MemberDeclarationSyntax>() is { } code and not TypeDeclarationSyntax
               && FileIndex.IdentifiersIn(code, member.Name, _cancellationToken).All(static token => token.Parent is IdentifierNameSyntax);

        private bool IsTokenOrSource(ITypeSymbol type) => IsToken(type, _symbols) || IsSource(type, _symbols);

        /// <summary>The record or class parameter list; only its parameters outlive the constructor. Roslyn 4.5 has no symbol for it, so it is found by syntax.</summary>
        private ImmutableArray<IParameterSymbol> PrimaryConstructorParameters(INamedTypeSymbol type)
        {
            foreach (var constructor in type.InstanceConstructors)
            {
                if (!constructor.IsImplicitlyDeclared && constructor.DeclaringSyntaxReferences.Length == 1
                    && constructor.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken) is TypeDeclarationSyntax)
                {
                    return constructor.Parameters;
                }
            }

            return ImmutableArray<IParameterSymbol>.Empty;
        }

        private (string Path, bool MayBeMissing)[] TokensCarriedBy(ITypeSymbol type)
        {
            if (type is not INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct or TypeKind.Interface, SpecialType: SpecialType.None } named)
                return Array.Empty<(string, bool)>();
            if (!CarriedTokens.TryGetValue(named, out var paths))
                paths = CarriedTokens.GetValue(named, carrier => MayCarryToken(carrier) ? Carried(carrier, DeepestMember).ToArray() : Array.Empty<(string, bool)>());
            return paths;
        }

        /// <summary>An exception tells which token ended something else, and a task or registration which one it was made with.</summary>
        private bool MayCarryToken(INamedTypeSymbol type)
            => !type.IsTupleType
               && !Awaitables.IsTaskOrValueTask(type, _symbols)
               && Namespaces.Around(type) is not ("System" or "System.Threading" or "System.Threading.Tasks")
               && !KnownSymbols.IsOrDerivesFrom(type, _symbols.Exception);

        private IEnumerable<(string Path, bool MayBeMissing)> Carried(ITypeSymbol type, int depth)
        {
            var members = PublicMembers(type).ToList();
            foreach (var (member, memberType) in members)
            {
                if (IsToken(memberType, _symbols))
                    yield return (member.Name, false);
            }

            foreach (var (member, memberType) in members)
            {
                if (IsSource(memberType, _symbols))
                    yield return (member.Name + ".Token", MayBeMissing(memberType));
            }

            if (depth <= 1)
                yield break;
            foreach (var (member, memberType) in members)
            {
                if (memberType is INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct or TypeKind.Interface, SpecialType: SpecialType.None, IsGenericType: false } next
                    && MayCarryToken(next)
                    && !SymbolEqualityComparer.Default.Equals(next, type))
                {
                    foreach (var (path, mayBeMissing) in Carried(next, depth - 1))
                        yield return (member.Name + "." + path, mayBeMissing || MayBeMissing(next));
                }
            }
        }

        private static bool MayBeMissing(ITypeSymbol type) => type.IsReferenceType && type.NullableAnnotation == NullableAnnotation.Annotated;

        /// <summary>What an assembly may read: public, or internal to this one. Deeper rules of access do not matter for a parameter's data.</summary>
        private IEnumerable<(ISymbol Member, ITypeSymbol Type)> PublicMembers(ITypeSymbol type)
        {
            for (var current = type; current is not null && current.SpecialType == SpecialType.None; current = current.BaseType)
            {
                foreach (var member in current.GetMembers())
                {
                    if (TypeOf(member) is { } memberType && !member.IsStatic && IsReadable(member) && member.CanBeReferencedByName)
                        yield return (member, memberType);
                }
            }

            if (type.TypeKind == TypeKind.Interface)
            {
                foreach (var member in type.AllInterfaces.SelectMany(static contract => contract.GetMembers()))
                {
                    if (!member.IsStatic && TypeOf(member) is { } memberType)
                        yield return (member, memberType);
                }
            }
        }

        private bool IsReadable(ISymbol member)
            => member is not IPropertySymbol { GetMethod: null }
               && (member.DeclaredAccessibility == Accessibility.Public
                   || (member.DeclaredAccessibility is Accessibility.Internal or Accessibility.ProtectedOrInternal
                       && SymbolEqualityComparer.Default.Equals(member.ContainingAssembly, _model.Compilation.Assembly)));

        private static ITypeSymbol? TypeOf(ISymbol member)
            => member switch
            {
                IFieldSymbol { IsConst: false } field => field.Type,
                IPropertySymbol { IsIndexer: false } property => property.Type,
                _ => null,
            };
    }
}
