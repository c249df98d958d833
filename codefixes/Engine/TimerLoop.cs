using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// A timer that calls asynchronous code back, written as the loop it stands for: queued work, for which the actions then find a nursery. The timer's field and its
/// disposal go with it.
/// </summary>
internal sealed class TimerLoop
{
    private const int DeepestInitializer = 3;
    private const string Queue = "global::System.Threading.Tasks.Task.Run(";

    private const string Shared = "others see the timer, and may change it: keep it in a private field, or in none";
    private const string NotAlone = "the field of the timer, or what disposes of it, shares its lines with other code or a comment: give it lines of its own";
    private const string NoTask = "what the timer calls back gives no task that could be awaited, or is used elsewhere: give the timer an async lambda";

    private readonly Document _document;
    private readonly PlaceContext _context;
    private readonly Refusals _refusals;
    private readonly CancellationToken _cancellationToken;

    private TimerLoop(Document document, PlaceContext context, Refusals refusals, CancellationToken cancellationToken)
    {
        _document = document;
        _context = context;
        _refusals = refusals;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether a timer is made at <paramref name="span"/>, where SC1007 reports one.</summary>
    public static bool IsTimer(SyntaxNode root, TextSpan span) => root.FindToken(span.Start) is { Parent: BaseObjectCreationExpressionSyntax creation } && creation.SpanStart == span.Start && span.End <= creation.ArgumentList?.SpanStart;

    /// <summary>The document with the loop queued in place of the timer, and where the call that queues it stands, and what was changed. Null where a loop would not do what the timer does.</summary>
    /// <param name="document">The document.</param>
    /// <param name="span">The timer, its asynchronous lambda, or the name of the method that it calls back.</param>
    /// <param name="refusals">Takes the reason.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public static async Task<(Document Document, TextSpan Place)?> QueuedAsync(Document document, TextSpan span, Refusals refusals, CancellationToken cancellationToken)
    {
        if (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is not { } model || await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
            return null;
        var context = new PlaceContext(model, root, await document.GetTextAsync(cancellationToken).ConfigureAwait(false));
        if (!context.Symbols.HasRuntime || span.End > root.FullSpan.End)
            return null;
        return await new TimerLoop(document, context, refusals, cancellationToken).QueuedAsync(span).ConfigureAwait(false);
    }

    private async Task<(Document Document, TextSpan Place)?> QueuedAsync(TextSpan span)
    {
        if (await CreationAsync(span).ConfigureAwait(false) is not { ArgumentList: { } arguments, Initializer: null } creation
            || _context.Model.GetOperation(creation, _cancellationToken) is not IObjectCreationOperation made
            || !KnownSymbols.Is(made.Type, _context.Symbols.Timer))
        {
            return null;
        }

        if (made.Arguments.Length != 4)
            return Refuse("the timer is started elsewhere, with 'Change'");

        if (arguments.Arguments.Any(static argument => argument.NameColon is not null) || arguments.Arguments[1].Expression is not (LiteralExpressionSyntax or ThisExpressionSyntax))
            return Refuse("the timer hands its callback a state: capture that instead");
        if (Place(creation) is not { } place)
            return Refuse(Shared);

        var changes = new CodeChanges();
        if (place is AssignmentExpressionSyntax { Left: var left } && _context.Model.GetSymbolInfo(left, _cancellationToken).Symbol is not IDiscardSymbol and var kept)
        {
            if (kept is not IFieldSymbol field)
                return Refuse(Shared);
            if (RemoveField(field, place, changes) is { } reason)
                return Refuse(reason);
        }

        var callback = Unwrapped(arguments.Arguments[0].Expression);
        if (place.DescendantTrivia().Any(trivia => place.Span.Contains(trivia.Span) && !callback.FullSpan.Contains(trivia.Span) && !trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia)))
            return Refuse("a comment would be lost");
        if (Header(made, arguments.Arguments[2].Expression, arguments.Arguments[3].Expression, place) is not ({ } header, { } wait) || await BodyAsync(callback, arguments.Arguments[1].Expression, changes).ConfigureAwait(false) is not { } body)
            return null;

        var outer = _context.Layout.IndentationAt(place.SpanStart);
        var unit = _context.Layout.Unit;
        var lines = new List<string> { Queue + "async () =>", outer + "{", outer + unit + header, outer + unit + "{", outer + unit + unit + wait };
        lines.AddRange(body.Select(line => line.Length == 0 ? line : outer + unit + unit + line));
        lines.AddRange([outer + unit + "}", outer + "})"]);
        var text = string.Join(_context.Layout.NewLine, lines);
        changes.Add(new TextChange(place.Span, text));
        changes.Need(Needed.Checkpoint);
        if (IsInMilliseconds(made))
            changes.Need(Needed.TimeSpan);

        var all = changes.Concat(Usings.Missing(_context.Root, _context.Text, _context.Model, place.SpanStart, changes.Needs, _cancellationToken));
        if (TextEdits.Apply(_context.Text, all, out var ordered) is not { } changed || !Verification.ParsesWithOtherSymbols(_context.Root, changed, _cancellationToken))
            return null;
        return (_document.WithText(changed), new TextSpan(TextEdits.Moved(new TextSpan(place.SpanStart, 0), ordered).Start, text.Length));
    }

    private (Document, TextSpan)? Refuse(string reason)
    {
        _refusals.Add(reason);
        return null;
    }

    /// <summary>The creation at, around or, for a method that is called back, of the only timer that does.</summary>
    private async Task<BaseObjectCreationExpressionSyntax?> CreationAsync(TextSpan span)
    {
        var node = _context.Root.FindToken(span.Start).Parent;
        if (node is not (MethodDeclarationSyntax or LocalFunctionStatementSyntax))
            return node?.FirstAncestorOrSelf<BaseObjectCreationExpressionSyntax>();
        if (_context.Model.GetDeclaredSymbol(node, _cancellationToken) is not IMethodSymbol method || await OnlyUseAsync(method).ConfigureAwait(false) is not { } use)
            return null;
        return use.FirstAncestorOrSelf<ArgumentSyntax>()?.FirstAncestorOrSelf<BaseObjectCreationExpressionSyntax>(creation => creation.ArgumentList?.Arguments.Count == 4);
    }

    /// <summary>The one place that names a method, where that is in this file.</summary>
    private async Task<SyntaxNode?> OnlyUseAsync(IMethodSymbol method)
    {
        SyntaxNode? only = null;
        var references = await SymbolFinder.FindReferencesAsync(method, _document.Project.Solution, _cancellationToken).ConfigureAwait(false);
        foreach (var location in references.SelectMany(static referenced => referenced.Locations))
        {
            if (location.Document.Id != _document.Id && location.Document.FilePath is { } path && path == _document.FilePath)
                continue;
            if (location.Document.Id != _document.Id || only is not null || location.IsCandidateLocation || FunctionReference.IsOnlyNamed(location, _context.Root))
                return null;
            only = _context.Root.FindNode(location.Location.SourceSpan, getInnermostNodeForTie: true);
        }

        return only;
    }

    /// <summary>What is replaced: the assignment to the field, or the creation where nobody keeps the timer.</summary>
    private static ExpressionSyntax? Place(BaseObjectCreationExpressionSyntax creation)
        => creation.Parent switch
        {
            ExpressionStatementSyntax => creation,
            AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Parent: ExpressionStatementSyntax or ArrowExpressionClauseSyntax { Parent: MethodDeclarationSyntax or ConstructorDeclarationSyntax } } assignment when assignment.Right == creation => assignment,
            _ => null,
        };

    /// <summary>Takes a private field away that is made here and disposed of where the object is, and nowhere else is spoken of.</summary>
    /// <returns>Why it has to stay; null where it goes away.</returns>
    private string? RemoveField(IFieldSymbol field, ExpressionSyntax assignment, CodeChanges changes)
    {
        if (field.DeclaredAccessibility != Accessibility.Private || field.IsStatic || field.ContainingType.DeclaringSyntaxReferences.Length != 1
            || field.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is not VariableDeclaratorSyntax { Initializer: null, Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: FieldDeclarationSyntax declaration } }
            || declaration.SyntaxTree != _context.Root.SyntaxTree || declaration.AttributeLists.Count > 0)
        {
            return Shared;
        }

        if (!IsAlone(declaration))
            return NotAlone;
        changes.Add(Without(declaration));
        foreach (var name in declaration.Parent!.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.ValueText == field.Name && !assignment.Span.Contains(name.Span)))
        {
            if (!SymbolEqualityComparer.Default.Equals(_context.Model.GetSymbolInfo(name, _cancellationToken).Symbol, field))
                continue;
            if (RemoveDisposal(name, changes) is { } reason)
                return reason;
        }

        return null;
    }

    private string? RemoveDisposal(IdentifierNameSyntax name, CodeChanges changes)
    {
        const string Used = "the timer is used for more than to be disposed of with its object";
        ExpressionSyntax use = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } self && self.Name == name ? self : name;
        while (use.Parent is ExpressionSyntax outer and not AnonymousFunctionExpressionSyntax)
            use = outer;
        if (name.FirstAncestorOrSelf<SyntaxNode>(static node => node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax) is not MethodDeclarationSyntax method || !IsDisposal(method))
            return Used;
        var isDisposed = use.DescendantNodesAndSelf().OfType<InvocationExpressionSyntax>().Any(call => _context.Model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "Dispose" or "DisposeAsync", Parameters.IsEmpty: true } disposal && KnownSymbols.Is(disposal.ContainingType, _context.Symbols.Timer))
            || use is AssignmentExpressionSyntax { Right.RawKind: (int)SyntaxKind.NullLiteralExpression };
        if (!isDisposed)
            return Used;
        switch (use.Parent)
        {
            case ExpressionStatementSyntax { Parent: BlockSyntax } statement when IsAlone(statement):
                changes.Add(Without(statement));
                return null;
            case ArrowExpressionClauseSyntax arrow when method.ReturnType is PredefinedTypeSyntax:
                var outer = _context.Layout.IndentationAt(method.SpanStart);
                changes.Add(new TextChange(TextSpan.FromBounds(arrow.GetFirstToken().GetPreviousToken().Span.End, method.SemicolonToken.Span.End), $"{_context.Layout.NewLine}{outer}{{{_context.Layout.NewLine}{outer}}}"));
                return null;
            default:
                return NotAlone;
        }
    }

    /// <summary>What the object's end calls, or the protected method that the pattern for disposable objects puts behind it.</summary>
    private bool IsDisposal(MethodDeclarationSyntax declaration)
    {
        if (_context.Model.GetDeclaredSymbol(declaration, _cancellationToken) is not { } method)
            return false;
        if (method is { Name: "Dispose", ReturnsVoid: true, Parameters: { Length: 1 } parameters } && parameters[0].Type.SpecialType == SpecialType.System_Boolean)
            return KnownSymbols.Implements(method.ContainingType, _context.Symbols.Disposable);
        return new[] { _context.Symbols.Disposable, _context.Symbols.AsyncDisposable }.Any(contract => contract is not null
            && contract.GetMembers().Any(member => SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method)));
    }

    /// <summary>Whether nothing but the node stands on its lines, no comment either.</summary>
    private bool IsAlone(SyntaxNode node)
    {
        var last = _context.Text.Lines.GetLineFromPosition(node.Span.End);
        return _context.Layout.IsFirstOnLine(node.SpanStart) && string.IsNullOrWhiteSpace(_context.Text.ToString(TextSpan.FromBounds(node.Span.End, last.End)))
            && node.GetLeadingTrivia().All(static trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia) || trivia.IsKind(SyntaxKind.EndOfLineTrivia));
    }

    /// <summary>Takes the lines of a node away, and a blank line behind them that would then be the second, or the first of its block.</summary>
    private TextChange Without(SyntaxNode node)
    {
        var lines = _context.Text.Lines;
        var first = lines.GetLineFromPosition(node.SpanStart).LineNumber;
        var last = lines.GetLineFromPosition(node.Span.End).LineNumber;
        var before = first == 0 ? "" : lines[first - 1].ToString().Trim();
        if ((before is "" or "{") && last + 1 < lines.Count && lines[last + 1].ToString().Trim().Length == 0)
            last++;
        return new TextChange(TextSpan.FromBounds(lines[first].Start, lines[last].EndIncludingLineBreak), "");
    }

    /// <summary>The head of the loop, and the wait that is its first statement.</summary>
    private (string? Header, string? Wait) Header(IObjectCreationOperation made, ExpressionSyntax due, ExpressionSyntax period, ExpressionSyntax place)
    {
        const string Unknown = "it is not written down when the timer calls back: give it times that the compiler knows";
        // A period of zero or none asks for one call.
        if (Sign(made.Arguments[3].Value, DeepestInitializer) is not > 0 and var every)
            return NoTimes(every is null ? Unknown : "the timer calls back only once: a delay before the call says the same");
        var isSame = due.ToString() == period.ToString();
        if (!isSame && Sign(made.Arguments[2].Value, DeepestInitializer) is not >= 0 and var first)
            return NoTimes(first is null ? Unknown : "the timer is started elsewhere, with 'Change'");
        string Time(ExpressionSyntax value)
            => IsInMilliseconds(made) ? $"TimeSpan.FromMilliseconds({value})" : value.ToString();

        var configured = _context.Layout.Configured;
        if (isSame)
            return ("while (true)", $"await Checkpoint.SleepAsync({Time(period)}){configured};");
        var delay = _context.FreshName("delay", place.SpanStart, place);
        return ($"for (var {delay} = {Time(due)}; ; {delay} = {Time(period)})", $"await Checkpoint.SleepAsync({delay}){configured};");

        (string?, string?) NoTimes(string reason)
        {
            Refuse(reason);
            return default;
        }
    }

    /// <summary>Whether the times are numbers that the loop's wait does not take.</summary>
    private static bool IsInMilliseconds(IObjectCreationOperation made) => made.Arguments[3].Parameter!.Type.SpecialType is SpecialType.System_Int64 or SpecialType.System_UInt32;

    /// <summary>Whether a time is more than zero (1), zero (0) or endless (-1); null where that is not written down.</summary>
    private int? Sign(IOperation? value, int depth)
    {
        while (value is IConversionOperation conversion)
            value = conversion.Operand;
        switch (value)
        {
            case { ConstantValue: { HasValue: true, Value: int number } }:
                return System.Math.Sign(number);
            case { ConstantValue: { HasValue: true, Value: double number } }:
                return System.Math.Sign(number);
            case { ConstantValue: { HasValue: true, Value: long number } }:
                return System.Math.Sign(number);
            case IFieldReferenceOperation { Field: { Name: "Zero", ContainingType: { } type } } when KnownSymbols.Is(type, _context.Symbols.TimeSpan):
                return 0;
            case IInvocationOperation { TargetMethod: { IsStatic: true, ContainingType: { } type }, Arguments: { IsEmpty: false } arguments } when KnownSymbols.Is(type, _context.Symbols.TimeSpan):
                return Sign(arguments.First(static argument => argument.Parameter!.Ordinal == 0).Value, depth);
            case IObjectCreationOperation { Arguments: { IsEmpty: false } arguments } made when KnownSymbols.Is(made.Type, _context.Symbols.TimeSpan):
                var signs = arguments.Where(static argument => !argument.IsImplicit).Select(argument => Sign(argument.Value, depth)).ToList();
                return signs.Contains(null) || signs.Contains(-1) ? null : signs.Max();
            case IFieldReferenceOperation { Field.IsReadOnly: true } or IPropertyReferenceOperation { Property.SetMethod: null } when depth > 0:
                return Initializer((value as IFieldReferenceOperation)?.Field ?? (ISymbol)((IPropertyReferenceOperation)value).Property) is { } initializer ? Sign(initializer, depth - 1) : null;
            default:
                return null;
        }
    }

    /// <summary>What a member is given where it is declared, in this file; null where a constructor may say otherwise.</summary>
    private IOperation? Initializer(ISymbol member)
    {
        var declaration = member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken);
        var value = declaration switch
        {
            VariableDeclaratorSyntax { Initializer.Value: var given } => given,
            PropertyDeclarationSyntax { Initializer.Value: var given } => given,
            PropertyDeclarationSyntax { ExpressionBody.Expression: var given } => given,
            _ => null,
        };
        return value is not null && value.SyntaxTree == _context.Root.SyntaxTree && !IsAssigned(member) ? _context.Model.GetOperation(value, _cancellationToken) : null;
    }

    private bool IsAssigned(ISymbol member)
        => _context.Root.DescendantNodes().OfType<AssignmentExpressionSyntax>().Any(assignment => SymbolEqualityComparer.Default.Equals(_context.Model.GetSymbolInfo(assignment.Left, _cancellationToken).Symbol, member));

    /// <summary>The lines that one call back consists of.</summary>
    private async Task<IReadOnlyList<string>?> BodyAsync(ExpressionSyntax callback, ExpressionSyntax state, CodeChanges changes)
    {
        if (callback is LambdaExpressionSyntax lambda)
            return OfLambda(lambda);
        if (callback is not (IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax })
            || _context.Model.GetSymbolInfo(callback, _cancellationToken).Symbol is not IMethodSymbol { IsAsync: true, ReturnsVoid: true, IsVirtual: false, IsOverride: false } method
            || method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is not { } declaration || declaration.SyntaxTree != _context.Root.SyntaxTree
            || await OnlyUseAsync(method).ConfigureAwait(false) is not { } use || !callback.Span.Contains(use.Span))
        {
            return NoBody(NoTask);
        }

        var returned = declaration is MethodDeclarationSyntax declared ? declared.ReturnType : ((LocalFunctionStatementSyntax)declaration).ReturnType;
        changes.Add(new TextChange(returned.Span, "Task"));
        changes.Need(Needed.Task);
        var argument = state.IsKind(SyntaxKind.NullLiteralExpression) && method.Parameters[0].NullableAnnotation == NullableAnnotation.NotAnnotated ? "null!" : state.ToString();
        return [$"await {callback}({argument}){_context.Layout.Configured};"];
    }

    private IReadOnlyList<string>? OfLambda(LambdaExpressionSyntax lambda)
    {
        if (_context.Model.GetSymbolInfo(lambda, _cancellationToken).Symbol is not IMethodSymbol { Parameters: { Length: 1 } parameters })
            return NoBody(NoTask);
        if (lambda.Body.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => SymbolEqualityComparer.Default.Equals(_context.Model.GetSymbolInfo(name, _cancellationToken).Symbol, parameters[0])))
            return NoBody("what the timer calls back uses its state: capture that instead");

        if (lambda.Body is ExpressionSyntax expression)
        {
            var isAsync = lambda.AsyncKeyword.RawKind != 0;
            if (expression.ToString().Contains('\n'))
                return NoBody("what the timer calls back is an expression over several lines: give it a block");
            if (!isAsync && !Awaitables.IsTaskOrValueTask(_context.Model.GetTypeInfo(expression, _cancellationToken).Type, _context.Symbols))
                return NoBody(NoTask);
            return [isAsync ? expression + ";" : $"await {expression}{_context.Layout.Configured};"];
        }

        return lambda.AsyncKeyword.RawKind != 0 ? OfBlock((BlockSyntax)lambda.Body) : NoBody(NoTask);
    }

    private IReadOnlyList<string>? NoBody(string reason)
    {
        Refuse(reason);
        return null;
    }

    /// <summary>The statements with their comments; what returned goes on to the next turn.</summary>
    private IReadOnlyList<string>? OfBlock(BlockSyntax block)
    {
        if (block.Statements.Count == 0 || _context.Layout.HasLineInsideString(block) || block.DescendantTrivia().Any(static trivia => trivia.IsDirective))
            return NoBody("what the timer calls back is empty, or holds a directive or a string over several lines");
        var returns = block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ReturnStatementSyntax>().ToList();
        if (returns.Any(statement => statement.Ancestors().TakeWhile(node => node != block).Any(static node => node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax)))
            return NoBody("what the timer calls back returns out of a loop of its own, where 'continue' would say something else");
        var inside = TextSpan.FromBounds(block.OpenBraceToken.Span.End, block.CloseBraceToken.SpanStart);
        var text = _context.Text.GetSubText(inside).WithChanges(returns.Select(statement => new TextChange(new TextSpan(statement.SpanStart - inside.Start, statement.Span.Length), "continue;"))).ToString();
        var indentation = _context.Layout.IndentationAt(block.Statements[0].SpanStart);
        var lines = text.Split('\n').Select(static line => line.TrimEnd()).ToList();
        if (lines.Count == 1)
            return [lines[0].Trim()];
        // What stands behind the brace stays in its place.
        if (lines[0].Length > 0 || !_context.Layout.IsFirstOnLine(block.CloseBraceToken.SpanStart))
            return null;
        return lines.Skip(1).Take(lines.Count - 2).Select(line => line.StartsWith(indentation, System.StringComparison.Ordinal) ? line.Substring(indentation.Length) : line).ToList();
    }

    /// <summary><c>new TimerCallback(Tick)</c> is <c>Tick</c>.</summary>
    private static ExpressionSyntax Unwrapped(ExpressionSyntax callback)
        => callback is BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } inner, Initializer: null } ? inner[0].Expression : callback;
}
