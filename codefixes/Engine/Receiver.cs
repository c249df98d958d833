using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// What a dropped call is made on. In <c>client?.PingAsync()</c> that may be null, and then nothing is called: a child is started under an <c>if</c>, which evaluates
/// <c>client</c> once and where it was evaluated.
/// </summary>
internal sealed class Receiver
{
    private Receiver(int callStart, string before, string text)
    {
        CallStart = callStart;
        Before = before;
        Text = text;
    }

    /// <summary>Where the part of the call begins that stays as it is written.</summary>
    public int CallStart { get; }

    /// <summary>The <c>if</c>, or nothing.</summary>
    public string Before { get; }

    /// <summary>What to write before the part that stays: the name of the receiver, or nothing.</summary>
    public string Text { get; }

    public bool IsGuarded => Before.Length > 0;

    /// <returns>Null, with the reason noted, where the call depends on something else than one <c>?.</c> chain.</returns>
    public static Receiver? Of(DropSite site, FunctionDrops drops, List<TextChange> changes, CancellationToken cancellationToken)
    {
        if (!site.IsConditional)
            return new Receiver(site.Call.SpanStart, "", "");
        if (site.Access is { } access && drops.Model.GetTypeInfo(access.Expression, cancellationToken).Type is { } type)
        {
            var start = access.WhenNotNull.SpanStart;
            var (condition, name) = ConditionOf(access, type, site, drops, cancellationToken);
            if (condition is not null && Guard.Before(condition, TextSpan.FromBounds(start, site.Call.Span.End), site, drops, changes) is { } before)
                return new Receiver(start, before, name);
        }

        drops.Refuse("with '?.' there may be no task to start: ask for null in an 'if' of its own");
        return null;
    }

    /// <summary>The call as the compiler binds it by itself, without the <c>?.</c> it stands behind.</summary>
    public static InvocationExpressionSyntax Unconditional(InvocationExpressionSyntax call, SemanticModel model, CancellationToken cancellationToken)
    {
        var binding = call.DescendantNodes().FirstOrDefault(node => node is MemberBindingExpressionSyntax or ElementBindingExpressionSyntax
            && !node.Ancestors().TakeWhile(each => each != call).Any(static each => each is ConditionalAccessExpressionSyntax or ArgumentListSyntax));
        if (binding is null || call.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>(each => each.WhenNotNull.Span.Contains(call.Span)) is not { } access)
            return call;
        var first = access.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>(static each => each.Parent is not ConditionalAccessExpressionSyntax outer || outer.WhenNotNull != each)!;
        var receiver = first.SyntaxTree.GetText().ToString(TextSpan.FromBounds(first.SpanStart, access.OperatorToken.SpanStart)).TrimEnd();
        var value = model.GetTypeInfo(access.Expression, cancellationToken).Type?.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T ? ".Value" : "";
        var rest = first.SyntaxTree.GetText().ToString(TextSpan.FromBounds(access.WhenNotNull.SpanStart, call.Span.End));
        return SyntaxFactory.ParseExpression($"({receiver}){value}{rest}") as InvocationExpressionSyntax ?? call;
    }

    private static (string? Condition, string Name) ConditionOf(ConditionalAccessExpressionSyntax access, ITypeSymbol type, DropSite site, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var receiver = drops.Text.ToString(TextSpan.FromBounds(site.Expression.SpanStart, access.OperatorToken.SpanStart)).TrimEnd();
        // The child is started right there, so that a variable means the same in it; a field may be set by another thread in between.
        if (drops.Root.Knows(LanguageVersion.CSharp9) && type.IsReferenceType && access.Expression is IdentifierNameSyntax
            && drops.Model.GetSymbolInfo(access.Expression, cancellationToken).Symbol is ILocalSymbol { RefKind: RefKind.None } or IParameterSymbol { RefKind: RefKind.None })
        {
            return ($"{receiver} is not null", receiver);
        }

        var name = drops.VariableFor(site, WantedName(access.Expression, type, drops, cancellationToken));
        if (drops.Root.Knows(LanguageVersion.CSharp8))
            return ($"{receiver} is {{ }} {name}", name);
        var inner = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;
        return inner.CanBeReferencedByName ? ($"{receiver} is {inner.ToMinimalDisplayString(drops.Model, access.SpanStart)} {name}", name) : default;
    }

    /// <summary><c>_client</c> and <c>Client</c> give <c>client</c>; what has no name is named after its type.</summary>
    private static string WantedName(ExpressionSyntax receiver, ITypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var name = drops.Model.GetSymbolInfo(receiver, cancellationToken).Symbol is IFieldSymbol or IPropertySymbol { IsIndexer: false } or IEventSymbol or ILocalSymbol or IParameterSymbol
            ? drops.Model.GetSymbolInfo(receiver, cancellationToken).Symbol!.Name.TrimStart('_')
            : type.TypeKind == TypeKind.Interface && type.Name.Length > 2 && type.Name[0] == 'I' && char.IsUpper(type.Name[1]) ? type.Name.Substring(1) : type.Name;
        if (name.Length == 0 || type is ITypeParameterSymbol)
            return "target";
        name = char.ToLowerInvariant(name[0]) + name.Substring(1);
        return SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "target";
    }
}
