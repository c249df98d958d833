using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Starts the task in a nursery that belongs to the object, for background work that lives as long as the object does: adds or reuses a field, and joins it in
/// <c>DisposeAsync</c>, which is created or extended.
/// </summary>
internal sealed class OwnedNurseryAction : FixAction
{
    public const string Key = "structured.owned-nursery";

    public override string EquivalenceKey => Key;

    public override FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken)
    {
        // Records and structs share their fields when copied; static code has no object to own anything.
        if (drops.Function.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not ClassDeclarationSyntax declaration)
            return drops.Refuse("only an object of a class can own a nursery");
        if (!HasThis(drops.Function.Node, declaration))
            return drops.Refuse("static code has no object to own a nursery");
        if (drops.Symbols.AsyncDisposable is null || drops.Model.GetDeclaredSymbol(declaration, cancellationToken) is not INamedTypeSymbol type || type.IsStatic)
            return drops.Refuse("there is no object to own a nursery");
        if (type.DeclaringSyntaxReferences.Any(part => FileIndex.NamesIn(part.GetSyntax(cancellationToken), nameof(MemberwiseClone), cancellationToken).Any()))
            return drops.Refuse("the object is cloned by 'MemberwiseClone', and its copies would share the nursery");
        if (EndsWithRequest(type))
            return drops.Refuse("the object ends with the request it is made for, and would end its background work");
        if (drops.Function.Node.AncestorsAndSelf().OfType<MethodDeclarationSyntax>().Any(method => TestMethod.Is(drops.Model.GetDeclaredSymbol(method, cancellationToken))))
            return drops.Refuse("the object ends with its test");
        if (Cleanup.IsInDisposal(drops.Sites[0].Call, drops.Model, drops.Symbols, cancellationToken))
            return drops.Refuse("it is started where the object is disposed of, and with it the nursery");

        var parts = new TypeParts(drops, type, cancellationToken);
        var field = type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(candidate => !candidate.IsStatic && KnownSymbols.Is(candidate.Type, drops.Symbols.OwnedNursery))?.Name;
        var isNew = field is null;
        field ??= FreshField(type, declaration, drops);
        var waits = new UnendedWait(type, drops, cancellationToken);
        var end = EndOf(type, field, waits, drops, cancellationToken);
        var closings = waits.ClosedBy(end);
        var callbacks = new UnguardedCallbacks(type, end, drops, cancellationToken);
        var late = BehindJoin(type, end, drops, cancellationToken);
        var cleared = ClearedBy(end, type, drops, cancellationToken);
        var nursery = Qualified(field, drops);
        var sites = Start(drops, nursery, parts, cancellationToken, RefusalOf);
        if (sites.IsEmpty)
            return null;
        if (isNew && !AddField(type, declaration, field, nursery, sites, waits, drops, parts, cancellationToken))
            return null;
        return new FunctionEdit($"Start it in a nursery owned by '{type.Name}'", parts.Own, sites, parts.Others);

        string? RefusalOf(DropSite site)
        {
            if (IsCompiledConditionally(site.Call, declaration))
                return "it stands inside '#if', which the nursery that it would need does not";
            if (callbacks.Contain(site.Call))
                return StartsLate;
            if (late.FirstOrDefault(method => method.Contains(site.Call)) is { } last)
                return $"'{last.Identifier.ValueText}', which starts it, is called when the object is disposed of and its nursery has closed, which throws then";
            if (waits.Of(site, closings) is { } wait)
                return WaitsOn(wait);
            if (cleared.Count > 0 && OwnMembers.ReadBy(ImmutableArray.Create(site), type, drops, cancellationToken, IsReadAsIs).FirstOrDefault(cleared.Contains) is { } gone)
                return $"it uses '{gone.Name}', which the end of the object sets to null before the join";
            if (OwnSources.MadeAnewBy(site, type, drops, cancellationToken) is { } renewed)
                return $"it makes '{renewed.Name}' anew itself, so that the end of the object may cancel the one before";
            return waits.CutOff(OwnSources.ReadBy(ImmutableArray.Create(site), type, drops, cancellationToken), closings) is { } source ? $"it watches the token of '{source.Name}', which the end of the object disposes of without cancelling it: cancel it first" : null;
        }
    }

    /// <summary>Whether a directive decides whether the call is compiled, and not the type around it as well.</summary>
    private static bool IsCompiledConditionally(SyntaxNode call, TypeDeclarationSyntax type)
    {
        var open = new Stack<int>();
        var root = type.SyntaxTree.GetRoot();
        if (!root.ContainsDirectives)
            return false;
        for (var directive = root.GetFirstDirective(); directive is not null && directive.SpanStart < call.SpanStart; directive = directive.GetNextDirective())
        {
            if (directive.IsKind(SyntaxKind.IfDirectiveTrivia))
                open.Push(directive.SpanStart);
            else if (directive.IsKind(SyntaxKind.EndIfDirectiveTrivia) && open.Count > 0)
                open.Pop();
        }

        return open.Count > 0 && open.Peek() > type.OpenBraceToken.SpanStart;
    }

    /// <summary>Controllers, pages and hubs are made for one request and disposed of behind it.</summary>
    private static bool EndsWithRequest(INamedTypeSymbol type)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            var home = current.ContainingNamespace?.ToDisplayString() ?? "";
            if (home == "Microsoft.AspNetCore.SignalR" || home == "Microsoft.AspNetCore.Mvc" || home.StartsWith("Microsoft.AspNetCore.Mvc.", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private const string StartsLate = "a timer, a thread, the pool or an object that lives longer may call what starts it once the nursery has closed, which throws there: stop or unsubscribe that in 'Dispose', or catch it";

    private static string WaitsOn(string wait)
        => $"it waits in '{wait}' without a token, and nothing that ends the object ends that before the join, which could hang: give it a token, or close there what it waits for";

    /// <summary>Starts in <paramref name="nursery"/>, which lives longer than this function, what can be.</summary>
    /// <param name="drops">The dropped tasks.</param>
    /// <param name="nursery">Where to start them.</param>
    /// <param name="parts">What is changed.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <param name="refusal">Why a task must not be started there; null where it may.</param>
    public static ImmutableArray<DropSite> Start(FunctionDrops drops, string nursery, TypeParts parts, CancellationToken cancellationToken, Func<DropSite, string?>? refusal = null)
    {
        var sites = ImmutableArray.CreateBuilder<DropSite>();
        foreach (var site in drops.Sites)
        {
            if (Resources.NeededBy(site, drops.Model, cancellationToken).Any())
            {
                drops.Refuse("it uses what a 'using' here disposes of");
                continue;
            }

            if (HandedOn.By(site, drops, cancellationToken) is { } member)
            {
                drops.Refuse($"its end and its failures are handed on by '{member}'");
                continue;
            }

            if (refusal?.Invoke(site) is { } reason)
            {
                drops.Refuse(reason);
                continue;
            }

            if (StartCall.Rewrite(drops, site, nursery, outerToken: null, cancellationToken) is not { } start)
                continue;
            // A nursery that is joined must be able to end what runs in it.
            if (!LoopCheckpoint.MakeCancellable(site, drops, parts, cancellationToken))
            {
                drops.Refuse("it runs an endless loop in another file that nothing can cancel: mend that first (SC2001)");
                continue;
            }

            parts.Own.Include(start);
            sites.Add(site);
        }

        return sites.ToImmutable();
    }

    public static bool HasThis(SyntaxNode function, TypeDeclarationSyntax declaration)
    {
        for (SyntaxNode? current = function; current is not null && current != declaration; current = current.Parent)
        {
            if (current is MemberDeclarationSyntax member && member.Modifiers.Any(SyntaxKind.StaticKeyword)
                || current is LocalFunctionStatementSyntax local && local.Modifiers.Any(SyntaxKind.StaticKeyword)
                || current is AnonymousFunctionExpressionSyntax lambda && lambda.Modifiers.Any(SyntaxKind.StaticKeyword)
                || current is BaseFieldDeclarationSyntax or PropertyDeclarationSyntax { Initializer: not null } or ConstructorInitializerSyntax)
            {
                return false;
            }
        }

        return true;
    }

    public static string FreshField(INamedTypeSymbol type, ClassDeclarationSyntax declaration, FunctionDrops drops)
    {
        // As the fields beside it are named; constants and others with a capital have a style of their own.
        var names = type.GetMembers().OfType<IFieldSymbol>().Where(static field => field is { IsImplicitlyDeclared: false, IsConst: false, DeclaredAccessibility: Accessibility.Private } && field.Name.Length > 0 && !char.IsUpper(field.Name[0])).Select(static field => field.Name).ToList();
        var underscored = names.Count == 0 || names.Count(static name => name[0] == '_') * 2 >= names.Count;
        return drops.FreshName(underscored ? "_nursery" : "nursery", declaration.OpenBraceToken.Span.End, declaration);
    }

    /// <summary>How code names a field of its own, by <c>dotnet_style_qualification_for_field</c>.</summary>
    private static string Qualified(string field, FunctionDrops drops)
        => drops.Document.Project.AnalyzerOptions.AnalyzerConfigOptionsProvider.GetOptions(drops.Root.SyntaxTree).TryGetValue("dotnet_style_qualification_for_field", out var style) && style.Split(':')[0].Trim() == "true"
            ? "this." + field
            : field;

    private static bool AddField(INamedTypeSymbol type, ClassDeclarationSyntax declaration, string field, string nursery, ImmutableArray<DropSite> sites, UnendedWait waits, FunctionDrops drops, TypeParts parts, CancellationToken cancellationToken)
    {
        var changes = parts.Own;
        var handler = FailureHandler.For(type, declaration, sites, drops, parts, cancellationToken);
        if (!handler.AddField(field, nursery, declaration, drops, changes))
            return Refuse(drops, "the class is written on one line");
        var first = declaration.Members[0];

        var members = type.GetMembers("DisposeAsync").OfType<IMethodSymbol>().Where(static method => method.Parameters.IsEmpty).ToList();
        var inherited = type.BaseType is { SpecialType: not SpecialType.System_Object } baseType && KnownSymbols.Implements(baseType, drops.Symbols.AsyncDisposable);
        string? created = null;
        if (members.Count > 0)
        {
            if (!Extend(members[0], nursery, handler.MaySurface, code => waits.IsEndedBy(drops.Sites, code), parts, cancellationToken))
                return Refuse(drops, "its 'DisposeAsync' has no body that could be extended");
        }
        else if (inherited)
        {
            if (InheritedDisposeAsync(type) is not { } overridden)
                return Refuse(drops, "the 'DisposeAsync' of its base cannot be overridden");
            var join = $"await {nursery}.DisposeAsync().ConfigureAwait(false);";
            var rest = $"await base.{overridden.Name}().ConfigureAwait(false);";
            // What a child failed with does not keep the base from its cleanup.
            created = $"public override async ValueTask DisposeAsync()|{{|{(handler.MaySurface ? $">try|>{{|>>{join}|>}}|>finally|>{{|>>{rest}|>}}" : $">{join}|>{rest}")}|}}";
        }
        else
        {
            var dispose = OwnDispose(type);
            var isDisposable = KnownSymbols.Implements(type, drops.Symbols.Disposable);
            if (isDisposable && dispose is null)
                return Refuse(drops, "it inherits 'Dispose', so nothing here says when its work has to end");
            if (HiddenBelow(type, "DisposeAsync", drops.Model.Compilation, cancellationToken))
                return Refuse(drops, "a derived class declares 'DisposeAsync'");
            // A container that is disposed of synchronously throws on a service that can only be disposed of asynchronously.
            var becomesDisposable = !isDisposable && drops.Symbols.Disposable is not null && (dispose is not null || type.GetMembers("Dispose").IsEmpty) && !HiddenBelow(type, "Dispose", drops.Model.Compilation, cancellationToken);
            // A child that watches a source of the object's own, and not the nursery, would never let the join end.
            var stop = !isDisposable && dispose is null ? StopMethod.Of(sites, type, drops, cancellationToken) : null;
            var stops = OwnSources.WatchedBy(sites, type, drops, cancellationToken)
                .Where(source => (stop ?? dispose) is not { } end || !OwnSources.IsUsedIn(end, source, drops, cancellationToken)).Select(OwnSources.Cancel).ToList();
            if (stop is not null)
                stops.Insert(0, $"{stop.Name}();");
            var disposes = dispose is not null;
            created = "";
            if (becomesDisposable && dispose is null)
            {
                disposes = stops.Count > 0;
                created = disposes ? $"public void Dispose()|{{|{string.Concat(stops.Select(static stop => $">{stop}|"))}>{nursery}.Cancel();|}}||" : $"public void Dispose() => {nursery}.Cancel();||";
            }

            // A derived class joins children of its own in an override.
            created += $"public {(IsDerivedFrom(type, drops.Model.Compilation) ? "virtual " : "")}async ValueTask DisposeAsync()|{{|{(disposes ? ">Dispose();|" : string.Concat(stops.Select(static stop => $">{stop}|")))}>await {nursery}.DisposeAsync().ConfigureAwait(false);|}}";
            if (dispose is not null && !CancelIn(dispose, stops.Concat([$"{nursery}.Cancel();"]), parts, cancellationToken))
                return Refuse(drops, "its 'Dispose' has no body that could be extended");
            AddInterface(declaration, becomesDisposable ? "IAsyncDisposable, IDisposable" : "IAsyncDisposable", changes);
            changes.Need(Needed.AsyncDisposable, Needed.Disposable);
        }

        var layout = drops.Layout;
        var indentation = layout.IndentationAt(FirstOf(first));
        if (created is not null && IsDocumented(type, drops))
            created = "/// <inheritdoc/>|" + created.Replace("||", "||/// <inheritdoc/>|");
        if (created is not null)
        {
            changes.Need(Needed.ValueTask);
            var text = layout.NewLine + string.Join(layout.NewLine, created.Split('|').Select(line => line.Length == 0 ? "" : indentation + string.Concat(line.TakeWhile(static letter => letter == '>').Select(_ => layout.Unit)) + line.TrimStart('>'))) + layout.NewLine;
            changes.Add(new TextChange(new TextSpan(drops.Text.Lines.GetLineFromPosition(declaration.CloseBraceToken.SpanStart).Start, 0), text));
        }

        return true;
    }

    /// <summary>Whether the compiler would ask for a comment.</summary>
    private static bool IsDocumented(INamedTypeSymbol type, FunctionDrops drops)
    {
        if (drops.Root.SyntaxTree.Options.DocumentationMode != DocumentationMode.Diagnose)
            return false;
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal))
                return false;
        }

        return true;
    }

    private static bool Refuse(FunctionDrops drops, string reason)
    {
        drops.Refuse(reason);
        return false;
    }

    /// <summary>Adds a field as the first member of the class.</summary>
    public static bool AddDeclaration(ClassDeclarationSyntax declaration, string field, FunctionDrops drops, CodeChanges changes)
    {
        var layout = drops.Layout;
        if (declaration.OpenBraceToken.IsMissing || declaration.OpenBraceToken.RawKind == 0 || !layout.IsFirstOnLine(declaration.CloseBraceToken.SpanStart)
            || declaration.Members.FirstOrDefault() is not { } first || !layout.IsFirstOnLine(FirstOf(first)))
        {
            return false;
        }

        var indentation = layout.IndentationAt(FirstOf(first));
        var open = drops.Text.Lines.GetLineFromPosition(declaration.OpenBraceToken.SpanStart).EndIncludingLineBreak;
        var isApart = drops.Text.Lines.GetLineFromPosition(open).Span.Length == 0 || first is FieldDeclarationSyntax && !first.GetLeadingTrivia().Any(static trivia => trivia.HasStructure || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia));
        changes.Add(new TextChange(new TextSpan(open, 0), indentation + field.Replace("\n", layout.NewLine + indentation) + layout.NewLine + (isApart ? "" : layout.NewLine)));
        return true;
    }

    private static int FirstOf(MemberDeclarationSyntax member) => member.SpanStart;

    private static IMethodSymbol? InheritedDisposeAsync(INamedTypeSymbol type)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            if (current.GetMembers("DisposeAsync").OfType<IMethodSymbol>().FirstOrDefault(static method => method.Parameters.IsEmpty) is { } found)
                return (found.IsVirtual || found.IsOverride) && !found.IsSealed && found.DeclaredAccessibility == Accessibility.Public ? found : null;
        }

        return null;
    }

    /// <summary>The object's own stop code first, then the join, then what disposes of things the children may still use.</summary>
    private static bool Extend(IMethodSymbol disposeAsync, string nursery, bool maySurface, Func<SyntaxNode, bool> endsWait, TypeParts parts, CancellationToken cancellationToken)
    {
        if (disposeAsync.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not MethodDeclarationSyntax method || parts.Of(method) is not ({ } context, { } changes, _))
            return false;
        var statement = $"await {nursery}.DisposeAsync().ConfigureAwait(false);";
        if (!method.Modifiers.Any(SyntaxKind.AsyncKeyword))
        {
            changes.Add(new TextChange(new TextSpan(method.ReturnType.SpanStart, 0), "async "));
            return ExtendCompleted(method, statement, maySurface, endsWait, context, changes, cancellationToken);
        }

        if (method.Body is not { } body)
            return false;
        var before = FirstThatDisposes(body, context.Model, endsWait);
        if (before is not null && context.Layout.IsFirstOnLine(before.SpanStart))
            return JoinBefore(before, ((BlockSyntax)before.Parent!).Statements.Last(), statement, maySurface, context, changes);

        if (body.Statements.LastOrDefault() is not { } last)
        {
            changes.Add(new TextChange(new TextSpan(body.OpenBraceToken.Span.End, 0), context.Layout.NewLine + context.Layout.IndentationAt(body.OpenBraceToken.SpanStart) + context.Layout.Unit + statement));
            return context.Layout.IsFirstOnLine(body.CloseBraceToken.SpanStart);
        }

        if (last is ReturnStatementSyntax or ThrowStatementSyntax || !context.Layout.IsFirstOnLine(last.SpanStart))
            return false;
        changes.Add(new TextChange(new TextSpan(last.Span.End, 0), context.Layout.NewLine + context.Layout.IndentationAt(last.SpanStart) + statement));
        return true;
    }

    /// <summary>Puts the join before a statement. Where a failure may surface from it, what follows runs all the same.</summary>
    private static bool JoinBefore(StatementSyntax before, StatementSyntax last, string join, bool maySurface, PlaceContext context, CodeChanges changes)
    {
        var layout = context.Layout;
        var line = layout.NewLine + layout.IndentationAt(before.SpanStart);
        if (!maySurface)
        {
            changes.Add(new TextChange(new TextSpan(before.SpanStart, 0), join + line));
            return true;
        }

        var rest = TextSpan.FromBounds(before.SpanStart, last.Span.End);
        if (context.Text.Lines.GetLineFromPosition(rest.End) is var end && end.ToString().Substring(rest.End - end.Start).Trim().Length > 0)
            return false;
        changes.Add(new TextChange(new TextSpan(before.SpanStart, 0), $"try{line}{{{line}{layout.Unit}{join}{line}}}{line}finally{line}{{{line}{layout.Unit}"));
        changes.AddRange(layout.Indent(rest, exceptLine: context.Text.Lines.GetLineFromPosition(rest.Start).LineNumber));
        changes.Add(new TextChange(new TextSpan(rest.End, 0), line + "}"));
        return true;
    }

    /// <summary>
    /// The first statement that disposes of something other than what the children wait for; inside the <c>if</c> that lets only the first call through, where there is
    /// one: <c>if (!_disposed) { _disposed = true; … }</c>.
    /// </summary>
    private static StatementSyntax? FirstThatDisposes(BlockSyntax body, SemanticModel? model, Func<SyntaxNode, bool> endsWait)
    {
        // What cancels a source still stops something, whatever was disposed of before.
        var stopped = body.Statements.LastOrDefault(statement => statement.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call => model?.GetSymbolInfo(call).Symbol is IMethodSymbol { Name: "Cancel" or "CancelAsync" } cancel && TokensInReach.IsSource(cancel.ContainingType, KnownSymbols.For(model.Compilation))));
        foreach (var candidate in body.Statements)
        {
            if (stopped is not null && candidate.SpanStart < stopped.SpanStart)
                continue;
            if (candidate is ReturnStatementSyntax || !candidate.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(static call => Operations.NameOfCallee(call) is "Dispose" or "DisposeAsync"))
                continue;
            if (candidate is IfStatementSyntax { Else: null, Statement: BlockSyntax once } guard && LetsOnlyTheFirstThrough(guard, once) && FirstThatDisposes(once, model, endsWait) is { } inner)
                return inner;
            if (!endsWait(candidate))
                return candidate;
        }

        return null;
    }

    private static IMethodSymbol? OwnDispose(INamedTypeSymbol type)
        => type.GetMembers("Dispose").OfType<IMethodSymbol>().FirstOrDefault(static method => method is { ReturnsVoid: true, IsStatic: false, Parameters.IsEmpty: true, DeclaredAccessibility: Accessibility.Public });

    /// <summary>The code that will run before the join when the object is disposed of.</summary>
    private static IReadOnlyList<SyntaxNode> EndOf(INamedTypeSymbol type, string nursery, UnendedWait waits, FunctionDrops drops, CancellationToken cancellationToken)
    {
        if (type.GetMembers("DisposeAsync").OfType<IMethodSymbol>().FirstOrDefault(static method => method.Parameters.IsEmpty) is { } disposeAsync)
        {
            if (disposeAsync.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not MethodDeclarationSyntax { Body: { } body })
                return [];
            var statements = body.DescendantNodes().OfType<StatementSyntax>().ToList();
            var join = statements.Find(statement => statement is ExpressionStatementSyntax { Expression: AwaitExpressionSyntax } && statement.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == nursery))
                       ?? FirstThatDisposes(body, OwnMembers.ModelOf(body, drops), code => waits.IsEndedBy(drops.Sites, code));
            return statements.Where(statement => join is null || statement.Span.End <= join.SpanStart).ToList();
        }

        if (type.BaseType is { SpecialType: not SpecialType.System_Object } baseType && KnownSymbols.Implements(baseType, drops.Symbols.AsyncDisposable))
            return [];
        var end = OwnDispose(type) ?? (KnownSymbols.Implements(type, drops.Symbols.Disposable) ? null : StopMethod.Of(drops.Sites, type, drops, cancellationToken));
        return end?.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellationToken)).ToList() ?? [];
    }

    /// <summary>What the <c>DisposeAsync</c> of the type itself calls behind the join, as far as it is the type's own.</summary>
    private static IReadOnlyList<MethodDeclarationSyntax> BehindJoin(INamedTypeSymbol type, IReadOnlyList<SyntaxNode> end, FunctionDrops drops, CancellationToken cancellationToken)
        => type.GetMembers("DisposeAsync").OfType<IMethodSymbol>().FirstOrDefault(static method => method.Parameters.IsEmpty)?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is MethodDeclarationSyntax { Body: { } body }
            ? OwnMembers.Reached(body.DescendantNodes().OfType<ExpressionStatementSyntax>().Where(statement => !end.Contains(statement)), type, drops, cancellationToken).OfType<MethodDeclarationSyntax>().ToList()
            : [];

    /// <summary>Members of the object that code sets to null, or what it calls of the object's own: <c>Dispose(true)</c>.</summary>
    private static HashSet<ISymbol> ClearedBy(IEnumerable<SyntaxNode> code, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var found = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var assignment in OwnMembers.Reached(code, type, drops, cancellationToken).SelectMany(static each => each.DescendantNodesAndSelf()).OfType<AssignmentExpressionSyntax>())
        {
            var value = assignment.Right is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression, Operand: var operand } ? operand : assignment.Right;
            if (assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) && value.IsKind(SyntaxKind.NullLiteralExpression)
                && OwnMembers.ModelOf(assignment, drops)?.GetSymbolInfo(assignment.Left, cancellationToken).Symbol is (IFieldSymbol or IPropertySymbol) and var member)
            {
                found.Add(member.OriginalDefinition);
            }
        }

        return found;
    }

    /// <summary>Neither <c>_client?.Close()</c> nor <c>_client = client</c>, nor a comparison.</summary>
    private static bool IsReadAsIs(SimpleNameSyntax name)
    {
        ExpressionSyntax value = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
        if (value.Parent is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } suppressed)
            value = suppressed;
        return value.Parent is MemberAccessExpressionSyntax access && access.Expression == value || value.Parent is ElementAccessExpressionSyntax;
    }

    private static bool LetsOnlyTheFirstThrough(IfStatementSyntax guard, BlockSyntax once)
        => guard.Condition is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: var flag }
           && once.Statements.OfType<ExpressionStatementSyntax>().Any(statement => statement.Expression is AssignmentExpressionSyntax { Right.RawKind: (int)SyntaxKind.TrueLiteralExpression } set && SyntaxFactory.AreEquivalent(set.Left, flag));

    /// <summary>One that is not async, and has nothing to wait for yet: it ends with <c>return default;</c> or the like, where the join takes its place.</summary>
    private static bool ExtendCompleted(MethodDeclarationSyntax method, string statement, bool maySurface, Func<SyntaxNode, bool> endsWait, PlaceContext context, CodeChanges changes, CancellationToken cancellationToken)
    {
        var layout = context.Layout;
        if (method.ExpressionBody is { } expression)
        {
            var outer = layout.IndentationAt(method.SpanStart);
            if (!IsCompleted(expression.Expression, context, cancellationToken))
                return false;
            changes.Add(new TextChange(
                TextSpan.FromBounds(expression.GetFirstToken().GetPreviousToken().Span.End, method.SemicolonToken.Span.End),
                $"{layout.NewLine}{outer}{{{layout.NewLine}{outer}{layout.Unit}{statement}{layout.NewLine}{outer}}}"));
            return true;
        }

        if (method.Body?.Statements.LastOrDefault() is not ReturnStatementSyntax { Expression: { } value } last || !IsCompleted(value, context, cancellationToken)
            || method.Body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ReturnStatementSyntax>().Count() > 1)
        {
            return false;
        }

        var before = FirstThatDisposes(method.Body, context.Model, endsWait);
        if (before is null)
        {
            changes.Add(new TextChange(last.Span, statement));
            return true;
        }

        var line = context.Text.Lines.GetLineFromPosition(last.SpanStart);
        if (!layout.IsFirstOnLine(before.SpanStart) || !layout.IsFirstOnLine(last.SpanStart) || line.End != last.Span.End)
            return false;
        // A blank line in front of it would be the last of the block.
        var above = context.Text.Lines[line.LineNumber - 1];
        changes.Add(new TextChange(TextSpan.FromBounds(above.ToString().Trim().Length == 0 ? above.Start : line.Start, line.EndIncludingLineBreak), ""));
        return JoinBefore(before, before.Parent == method.Body ? method.Body.Statements[method.Body.Statements.Count - 2] : ((BlockSyntax)before.Parent!).Statements.Last(), statement, maySurface, context, changes);
    }

    private static bool IsCompleted(ExpressionSyntax value, PlaceContext context, CancellationToken cancellationToken)
        => value is LiteralExpressionSyntax or DefaultExpressionSyntax or BaseObjectCreationExpressionSyntax { ArgumentList: null or { Arguments.Count: 0 } }
           || Operations.IsCompletedTask(context.Model.GetSymbolInfo(value, cancellationToken).Symbol, context.Symbols);

    /// <summary>The synchronous <c>Dispose</c> asks the children to stop, and never waits for them.</summary>
    private static bool CancelIn(IMethodSymbol dispose, IEnumerable<string> stops, TypeParts parts, CancellationToken cancellationToken)
    {
        if (PartOfPattern(dispose, cancellationToken) is { } part && parts.Of(part) is ({ Layout: var ofPart }, { } ofFile, _))
        {
            var disposing = part.ParameterList.Parameters[0].Identifier;
            var there = part.Body!.DescendantNodes().OfType<IfStatementSyntax>().FirstOrDefault(choice => choice is { Else: null, Condition: IdentifierNameSyntax asked, Statement: BlockSyntax { CloseBraceToken: var close } }
                && asked.Identifier.ValueText == disposing.ValueText && ofPart.IsFirstOnLine(close.SpanStart));
            if (there?.Statement is BlockSyntax block)
            {
                var inside = ofPart.NewLine + ofPart.IndentationAt(block.CloseBraceToken.SpanStart) + ofPart.Unit;
                ofFile.Add(new TextChange(new TextSpan(block.OpenBraceToken.Span.End, 0), string.Concat(stops.Select(stop => inside + stop))));
                return true;
            }

            var first = part.Body!.Statements[0].SpanStart;
            var line = ofPart.NewLine + ofPart.IndentationAt(first);
            var all = stops.ToList();
            var then = string.Concat(all.Select(stop => line + ofPart.Unit + stop));
            ofFile.Add(new TextChange(new TextSpan(first, 0), $"if ({disposing.Text}){(all.Count == 1 ? then : line + "{" + then + line + "}")}{ofPart.NewLine}{line}"));
            return true;
        }

        if (dispose.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not MethodDeclarationSyntax method || parts.Of(method) is not ({ Layout: var layout }, { } changes, _))
            return false;
        var outer = layout.IndentationAt(method.SpanStart);
        var inner = layout.NewLine + outer + layout.Unit;
        var statement = string.Join(inner, stops);
        switch (method)
        {
            case { Body.Statements: { Count: > 0 } statements } when layout.IsFirstOnLine(statements[0].SpanStart):
                changes.Add(new TextChange(new TextSpan(statements[0].SpanStart, 0), statement + layout.NewLine + layout.IndentationAt(statements[0].SpanStart)));
                return true;
            case { Body: { Statements.Count: 0 } body } when layout.IsFirstOnLine(body.CloseBraceToken.SpanStart):
                changes.Add(new TextChange(new TextSpan(body.OpenBraceToken.Span.End, 0), inner + statement));
                return true;
            case { ExpressionBody: { Expression: var expression } arrow } when !arrow.DescendantTrivia().Any(static trivia => trivia.IsDirective):
                changes.Add(new TextChange(TextSpan.FromBounds(arrow.GetFirstToken().GetPreviousToken().Span.End, expression.SpanStart), $"{layout.NewLine}{outer}{{{inner}{statement}{inner}"));
                changes.Add(new TextChange(new TextSpan(method.SemicolonToken.Span.End, 0), layout.NewLine + outer + "}"));
                return true;
            default:
                return false;
        }
    }

    /// <summary>The <c>Dispose(bool)</c> of a type that follows the pattern for disposable objects, whose <c>Dispose()</c> calls that first.</summary>
    private static MethodDeclarationSyntax? PartOfPattern(IMethodSymbol dispose, CancellationToken cancellationToken)
        => dispose.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is MethodDeclarationSyntax { Body.Statements: { Count: > 0 } statements }
           && statements[0] is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments } call } && Operations.NameOfCallee(call) == "Dispose" && arguments[0].Expression.IsKind(SyntaxKind.TrueLiteralExpression)
            ? dispose.ContainingType.GetMembers("Dispose").OfType<IMethodSymbol>().Where(static method => method is { IsAbstract: false, Parameters.Length: 1 } && method.Parameters[0].Type.SpecialType == SpecialType.System_Boolean)
                .Select(method => method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken)).OfType<MethodDeclarationSyntax>().FirstOrDefault(static method => method.Body is { Statements.Count: > 0 })
            : null;

    private static bool IsDerivedFrom(INamedTypeSymbol type, Compilation compilation)
        => !type.IsSealed && Implementations.TypesIn(compilation).Any(candidate => candidate.BaseType is { } parent && SymbolEqualityComparer.Default.Equals(parent.OriginalDefinition, type.OriginalDefinition));

    /// <summary>Whether a class that derives from this one declares the name, which would then hide the new member.</summary>
    private static bool HiddenBelow(INamedTypeSymbol type, string name, Compilation compilation, CancellationToken cancellationToken)
        => !type.IsSealed && compilation.GetSymbolsWithName(name, SymbolFilter.Member, cancellationToken)
            .Any(member => !SymbolEqualityComparer.Default.Equals(member.ContainingType, type) && KnownSymbols.IsOrDerivesFrom(member.ContainingType, type));

    private static void AddInterface(ClassDeclarationSyntax declaration, string interfaces, CodeChanges changes)
    {
        if (declaration.BaseList is { } bases)
            changes.Add(new TextChange(new TextSpan(bases.Types.Last().Span.End, 0), ", " + interfaces));
        else
            changes.Add(new TextChange(new TextSpan((declaration.ConstraintClauses.FirstOrDefault()?.GetFirstToken() ?? declaration.OpenBraceToken).GetPreviousToken().Span.End, 0), " : " + interfaces));
    }
}
