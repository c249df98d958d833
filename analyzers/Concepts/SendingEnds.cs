using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>The end of a channel that items go into, made by a member that keeps it to itself: a <c>Sender</c>, or the writer of a channel of the framework.</summary>
internal sealed class SendingEnd
{
    public SendingEnd(IInvocationOperation creation, ISymbol? local, IOperation place, bool isWriter)
    {
        Creation = creation;
        Local = local;
        Place = place;
        IsWriter = isWriter;
    }

    public IInvocationOperation Creation { get; }

    /// <summary>The variable it is kept in, or the channel; null where it is not kept at all.</summary>
    public ISymbol? Local { get; }

    /// <summary>What is not kept, where there is no variable.</summary>
    public IOperation Place { get; }

    /// <summary>Whether it belongs to the framework.</summary>
    public bool IsWriter { get; }

    /// <summary>Where something is put into it.</summary>
    public List<IOperation> Sends { get; } = new();

    /// <summary>Where it is closed: the call, or what a <c>using</c> is given.</summary>
    public List<IOperation> Closes { get; } = new();

    /// <summary>Any other use, which does not close it.</summary>
    public List<IOperation> Others { get; } = new();

    /// <summary>Whether somebody in the member reads until the channel ends, and nothing else makes him stop.</summary>
    public bool IsReadToTheEnd { get; set; }
}

/// <summary>Finds the sending ends that a member makes, and everything the member does with them.</summary>
internal sealed class SendingEnds
{
    private readonly KnownSymbols _symbols;
    private readonly IOperation _root;
    private readonly CancellationToken _cancellationToken;
    private SendingEnd _end = null!;
    private bool _leaves;

    private SendingEnds(IOperation root, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _root = root;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    private enum Form
    {
        /// <summary>What <c>MemoryChannel.Open</c> gives.</summary>
        BothEnds,
        Sender,
        Channel,
        Writer,
        Reader,
    }

    /// <summary>Null for other calls, and where somebody else may close the end: it is passed on, stored, returned or used by a delegate of which nothing is known.</summary>
    public static SendingEnd? MadeBy(IInvocationOperation creation, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        Form? form = creation.TargetMethod switch
        {
            { Name: RuntimeNames.Open, IsStatic: true } method when KnownSymbols.Is(method.ContainingType, symbols.MemoryChannel) => Form.BothEnds,
            { Name: "Clone" } method when KnownSymbols.Is(method.ContainingType, symbols.Sender) => Form.Sender,
            { IsStatic: true } method when KnownSymbols.Is(method.ContainingType, symbols.Channel) && KnownSymbols.IsOrDerivesFrom(method.ReturnType, symbols.ChannelOfT) => Form.Channel,
            _ => null,
        };
        return form is { } known ? new SendingEnds(creation.Root(), symbols, cancellationToken).Follow(creation, known) : null;
    }

    private SendingEnd? Follow(IInvocationOperation creation, Form form)
    {
        IOperation value = creation;
        while (value.Parent is IConversionOperation { IsImplicit: true } or IParenthesizedOperation)
            value = value.Parent;
        if (form == Form.BothEnds && value.Parent is IFieldReferenceOperation part)
        {
            if (!IsSenderPart(part))
                return new SendingEnd(creation, local: null, creation, isWriter: false);
            (value, form) = (part, Form.Sender);
        }

        ILocalSymbol? local;
        switch (value.Parent)
        {
            case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator }:
                if (declarator.Parent?.Parent?.Parent is IUsingDeclarationOperation || declarator.Parent?.Parent?.Parent is IUsingOperation || declarator.Parent?.Parent is IUsingOperation)
                    return null;
                local = declarator.Symbol;
                break;
            case ISimpleAssignmentOperation { Target: ILocalReferenceOperation target, Parent: IExpressionStatementOperation } when form != Form.BothEnds:
                local = target.Local;
                break;
            case IDeconstructionAssignmentOperation { Target: var targets } when form == Form.BothEnds && FirstOf(targets) is { } first:
                if (first is IDiscardOperation)
                    return new SendingEnd(creation, local: null, first, isWriter: false);
                local = (first as ILocalReferenceOperation)?.Local;
                form = Form.Sender;
                break;
            // Only ever sent into, or cloned for nothing.
            case IInvocationOperation call when form == Form.Sender && call.Instance == value && IsSend(call):
            case IExpressionStatementOperation when form == Form.Sender:
                return new SendingEnd(creation, local: null, creation, isWriter: false);
            default:
                return null;
        }

        if (local is null || local.IsRef)
            return null;
        _end = new SendingEnd(creation, local, creation, isWriter: form == Form.Channel);
        FollowLocal(local, form, creation);
        return _leaves ? null : _end;
    }

    private static bool IsSenderPart(IFieldReferenceOperation part) => (part.Field.CorrespondingTupleField ?? part.Field).Name == "Item1";

    private static IOperation? FirstOf(IOperation targets)
        => targets switch
        {
            IDeclarationExpressionOperation declaration => FirstOf(declaration.Expression),
            ITupleOperation { Elements: { Length: 2 } elements } => elements[0] is IDeclarationExpressionOperation each ? each.Expression : elements[0],
            _ => null,
        };

    private void FollowLocal(ILocalSymbol local, Form form, IOperation origin)
    {
        foreach (var use in _root.Descendants().OfType<ILocalReferenceOperation>())
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (!SymbolEqualityComparer.Default.Equals(use.Local, local) || use.IsDeclaration)
                continue;
            if (use.Parent is ISimpleAssignmentOperation assignment && assignment.Target == use || use.Parent is ITupleOperation { Parent: IDeconstructionAssignmentOperation })
            {
                // Another value in the same variable is not told from this one.
                _leaves |= !use.Parent.Syntax.Span.Contains(origin.Syntax.Span) && !(use.Parent.Parent?.Syntax.Span.Contains(origin.Syntax.Span) ?? false);
                continue;
            }

            if (!RunsHere(use, local))
                _leaves = true;
            else
                FollowValue(use, form);
            if (_leaves)
                return;
        }
    }

    private void FollowValue(IOperation value, Form form)
    {
        while (value.Parent is IConversionOperation { IsImplicit: true, OperatorMethod: null } or IParenthesizedOperation)
            value = value.Parent;
        switch (value.Parent)
        {
            case IFieldReferenceOperation part when form == Form.BothEnds:
                if (IsSenderPart(part))
                    FollowValue(part, Form.Sender);
                return;
            case IPropertyReferenceOperation { Property.Name: "Writer" } writer when form == Form.Channel:
                FollowValue(writer, Form.Writer);
                return;
            case IPropertyReferenceOperation { Property.Name: "Reader" } reader when form == Form.Channel:
                FollowValue(reader, Form.Reader);
                return;
            case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var alias } } when form is Form.Writer or Form.Reader:
                FollowLocal(alias, form, value);
                return;
        }

        if (form == Form.Reader)
        {
            _end.IsReadToTheEnd |= IsReadToTheEnd(value);
            return;
        }

        var member = value.Parent is IConditionalAccessOperation access && access.Operation == value ? access.WhenNotNull : value.Parent;
        switch (member)
        {
            case IInvocationOperation call when form is Form.Sender or Form.Writer && IsSend(call) && (call.Instance == value || value.Parent is IConditionalAccessOperation):
                _end.Sends.Add(call);
                break;
            case IInvocationOperation { TargetMethod: var method } call when (form == Form.Sender ? method.Name == "Dispose" : form == Form.Writer && method.Name is "Complete" or "TryComplete") && (call.Instance == value || value.Parent is IConditionalAccessOperation):
                // `sender?.Dispose()` closes whatever there is.
                _end.Closes.Add(call.Instance == value ? call : value);
                break;
            case IUsingOperation statement when form == Form.Sender && statement.Resources == value:
                _end.Closes.Add(value);
                break;
            default:
                if (form is Form.Sender or Form.Writer && PassingUses.Contain(value, static use => use is IInvocationOperation { TargetMethod.Name: "Clone" } or IPropertyReferenceOperation { Property.Name: "Statistics" }))
                    _end.Others.Add(value);
                else
                    _leaves = value.Parent is not INameOfOperation;
                break;
        }
    }

    private static bool IsSend(IInvocationOperation call) => call.TargetMethod.Name is "SendAsync" or "TrySend" or "WriteAsync" or "TryWrite" or "WaitToWriteAsync";

    /// <summary>
    /// Whether what uses the variable runs as a part of the member: the code itself, a child, queued work, a local function that is called. When a delegate that somebody else
    /// has runs, and for how long, is not known.
    /// </summary>
    private bool RunsHere(IOperation use, ILocalSymbol local)
    {
        for (var current = use.Parent; current is not null; current = current.Parent)
        {
            if (current is IAnonymousFunctionOperation or ILocalFunctionOperation && local.DeclaringSyntaxReferences.Any(reference => current.Syntax.Span.Contains(reference.Span)))
                return true;
            var runs = current switch
            {
                IAnonymousFunctionOperation lambda => IsRunByCall(lambda),
                ILocalFunctionOperation function => IsOnlyCalled(function),
                _ => true,
            };
            if (!runs)
                return false;
        }

        return true;
    }

    private bool IsRunByCall(IOperation function)
    {
        if (FunctionContext.RoleOfDelegate(function.Syntax, _root.SemanticModel!, _symbols, _cancellationToken) != FunctionRole.None)
            return true;
        var given = function.Parent;
        while (given is IDelegateCreationOperation or IConversionOperation)
            given = given.Parent;
        return given is IArgumentOperation { Parent: IInvocationOperation { TargetMethod.ContainingType: var type } }
               && (KnownSymbols.Is(type, _symbols.Parallel) || type is { Name: "Enumerable", ContainingNamespace: { Name: "Linq", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } });
    }

    private bool IsOnlyCalled(ILocalFunctionOperation function)
        => _root.Descendants().OfType<IMethodReferenceOperation>().Where(reference => SymbolEqualityComparer.Default.Equals(reference.Method.OriginalDefinition, function.Symbol.OriginalDefinition)).All(IsRunByCall);

    /// <summary>A loop that has no way out of its own and is not cancelled, or a wait for the end.</summary>
    private bool IsReadToTheEnd(IOperation reader)
    {
        switch (reader.Parent)
        {
            case IPropertyReferenceOperation { Property.Name: "Completion" } completion:
                return AwaitAround(completion) is not null;
            case IInvocationOperation { TargetMethod.Name: "WaitToReadAsync" } wait when !IsGivenToken(wait):
                return AwaitAround(wait) is { } condition && condition.Parent is IWhileLoopOperation loop && loop.Condition == condition && !CanBeLeft(loop.Body);
            case IInvocationOperation { TargetMethod.Name: "ReadAllAsync" } all when !IsGivenToken(all):
                IOperation sequence = all;
                while (sequence.Parent is IConversionOperation or IArgumentOperation or IInvocationOperation { TargetMethod.Name: "ConfigureAwait" })
                    sequence = sequence.Parent;
                return sequence.Parent is IForEachLoopOperation { IsAsynchronous: true } each && each.Collection == sequence && !CanBeLeft(each.Body);
            default:
                return false;
        }
    }

    private static IOperation? AwaitAround(IOperation task)
    {
        while (task.Parent is IConversionOperation or IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "AsTask" })
            task = task.Parent;
        return task.Parent as IAwaitOperation;
    }

    private bool IsGivenToken(IInvocationOperation call)
        => call.Arguments.Any(argument => TokensInReach.IsToken(argument.Parameter?.Type, _symbols) && argument.ArgumentKind == ArgumentKind.Explicit && !argument.Value.IsNoToken(_symbols));

    private static bool CanBeLeft(IOperation body)
        => body.Syntax.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .Any(static node => node is BreakStatementSyntax or ReturnStatementSyntax or GotoStatementSyntax or YieldStatementSyntax { Expression: null });
}
