using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>One started child: what to run, and where its end goes.</summary>
internal abstract class Child
{
    private static readonly ContextCallback RunInContext = static child => ((Child)child!).RunHere();

    private readonly Action _onCompleted;
    private Task? _task;

    protected Child(Nursery nursery, string? name)
    {
        Nursery = nursery;
        Name = name;
        Context = ExecutionContext.Capture();
        _onCompleted = () => Nursery.OnChildEnded(this, _task!);
    }

    public Nursery Nursery { get; }

    public string? Name { get; }

    /// <summary>The context of whoever started the child: activity, culture and logging scopes flow, the cancel scope does not.</summary>
    public ExecutionContext? Context { get; }

    /// <summary>Calls the delegate. Must give a task; what it throws is the child's failure.</summary>
    protected abstract Task Invoke(CancellationToken cancellationToken);

    /// <summary>Told before the nursery is, so that a result is there as soon as the nursery has ended.</summary>
    public virtual void OnEnded(Task task)
    {
    }

    public void Run()
    {
        if (Context is null)
            RunHere();
        else
            ExecutionContext.Run(Context, RunInContext, this);
    }

    /// <summary>On the caller, in a copy of its context: what the child's first part writes to an <see cref="AsyncLocal{T}"/> stays with the child.</summary>
    public void RunNow()
    {
        if (Context is not null)
        {
            ExecutionContext.Run(Context, RunInContext, this);
            return;
        }

        // The flow of contexts is suppressed here, so there is none to copy; the scope has to be put back by hand.
        var scope = CancelScope.Current;
        try
        {
            RunHere();
        }
        finally
        {
            CancelScope.Enter(scope);
        }
    }

    private void RunHere()
    {
        CancelScope.Enter(Nursery.CancelScope);
        Task task;
        try
        {
            task = Guard.Returned(Invoke(Nursery.CancellationToken));
        }
        catch (OperationCanceledException exception)
        {
            task = exception.CancellationToken.IsCancellationRequested ? Task.FromCanceled(exception.CancellationToken) : Task.FromException(exception);
        }
        catch (Exception exception)
        {
            task = Task.FromException(exception);
        }

        _task = task;
        if (task.IsCompleted)
            _onCompleted();
        else
            task.ConfigureAwait(Dispatcher.KeepsContext).GetAwaiter().UnsafeOnCompleted(_onCompleted);
    }

    public sealed class OfDelegate(Nursery nursery, string? name, Func<Task> child) : Child(nursery, name)
    {
        protected override Task Invoke(CancellationToken cancellationToken) => child();
    }

    public sealed class OfTokenDelegate(Nursery nursery, string? name, Func<CancellationToken, Task> child) : Child(nursery, name)
    {
        protected override Task Invoke(CancellationToken cancellationToken) => child(cancellationToken);
    }

    public sealed class WithArgument<TArg>(Nursery nursery, string? name, Func<TArg, CancellationToken, Task> child, TArg argument) : Child(nursery, name)
    {
        protected override Task Invoke(CancellationToken cancellationToken) => child(argument, cancellationToken);
    }

    public sealed class OfWork(Nursery nursery, string? name, Action<CancellationToken> work) : Child(nursery, name)
    {
        protected override Task Invoke(CancellationToken cancellationToken)
        {
            work(cancellationToken);
            return Task.CompletedTask;
        }
    }

    public sealed class WithResult<T>(Nursery nursery, string? name, Func<CancellationToken, Task<T>> child) : Child(nursery, name)
    {
        public ChildTask<T> Result { get; } = new();

        protected override Task Invoke(CancellationToken cancellationToken) => child(cancellationToken);

        public override void OnEnded(Task task)
        {
            if (task is Task<T> typed)
                Result.Complete(typed);
            else if (task.IsCanceled)
                Result.Cancel(Nursery.CancellationToken);
            else
                Result.Fail(task.Exception!.InnerExceptions);
        }
    }
}
