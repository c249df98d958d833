using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>The ways to block until a task ends.</summary>
internal enum TaskWaitForm
{
    /// <summary><c>task.Result</c>.</summary>
    Result,

    /// <summary><c>task.Wait(…)</c>.</summary>
    Wait,

    /// <summary><c>task.GetAwaiter().GetResult()</c>.</summary>
    GetResult,

    /// <summary><c>Task.WaitAll(…)</c>.</summary>
    WaitAll,

    /// <summary><c>Task.WaitAny(…)</c>.</summary>
    WaitAny,
}

/// <summary>An expression that blocks until tasks end.</summary>
internal sealed class TaskWait
{
    private TaskWait(TaskWaitForm form, ImmutableArray<IOperation> tasks)
    {
        Form = form;
        Tasks = tasks;
    }

    public TaskWaitForm Form { get; }

    /// <summary>What is waited for: one task, or the arguments.</summary>
    public ImmutableArray<IOperation> Tasks { get; }

    /// <summary>What the reader sees.</summary>
    public string Name
        => Form switch
        {
            TaskWaitForm.Result => "Result",
            TaskWaitForm.Wait => "Wait",
            TaskWaitForm.GetResult => "GetAwaiter().GetResult",
            TaskWaitForm.WaitAll => "Task.WaitAll",
            _ => "Task.WaitAny",
        };

    /// <summary>Null for what does not wait: a timeout of zero, a delay that SC3001 speaks of, an awaiter that somebody keeps.</summary>
    public static TaskWait? Of(IOperation operation, KnownSymbols symbols)
    {
        switch (operation)
        {
            case IPropertyReferenceOperation { Property: { Name: "Result", IsStatic: false } property, Instance: { } instance } when IsBlocking(property.ContainingType, symbols) && operation.Parent is not INameOfOperation:
                return new TaskWait(TaskWaitForm.Result, ImmutableArray.Create(instance));
            case IInvocationOperation { TargetMethod: { Name: "Wait", IsStatic: false } method, Instance: { } instance } call when KnownSymbols.Is(method.ContainingType, symbols.Task):
                return Timeouts.IsZero(call.Arguments, symbols) || IsDelay(instance, symbols) ? null : new TaskWait(TaskWaitForm.Wait, ImmutableArray.Create(instance));
            case IInvocationOperation { TargetMethod: { Name: "WaitAll" or "WaitAny", IsStatic: true } method } call when KnownSymbols.Is(method.ContainingType, symbols.Task):
                if (Timeouts.IsZero(call.Arguments, symbols))
                    return null;
                var tasks = ImmutableArray.CreateBuilder<IOperation>();
                foreach (var argument in call.Arguments)
                    tasks.Add(argument.Value);
                return new TaskWait(method.Name == "WaitAll" ? TaskWaitForm.WaitAll : TaskWaitForm.WaitAny, tasks.ToImmutable());
            case IInvocationOperation { TargetMethod: { Name: "GetResult", Parameters.IsEmpty: true }, Instance: IInvocationOperation { TargetMethod: { Name: "GetAwaiter", Parameters.IsEmpty: true }, Instance: { } awaited } }:
                if (awaited is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } inner })
                    awaited = inner;
                return IsBlocking(awaited.Type, symbols) ? new TaskWait(TaskWaitForm.GetResult, ImmutableArray.Create(awaited)) : null;
            default:
                return null;
        }
    }

    private static bool IsBlocking(ITypeSymbol? type, KnownSymbols symbols) => Awaitables.IsTaskOrValueTask(type, symbols);

    private static bool IsDelay(IOperation task, KnownSymbols symbols)
        => task is IInvocationOperation { TargetMethod: { Name: "Delay" } delay } && KnownSymbols.Is(delay.ContainingType, symbols.Task);
}
