using System;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>One started child: what to run, and where its end goes. While it lives it has a place in a block of its nursery's.</summary>
internal abstract class Child
#if !NETSTANDARD2_0
    : IThreadPoolWorkItem
#endif
{
    private static readonly ContextCallback RunInContext = static child => ((Child)child!).RunHere();

    // There may be a hundred thousand of these, so two pairs share a field: the context the child starts in, then the task it runs as; and its name, or its name with
    // the activity that stands for it, where somebody listens.
    private readonly string? _file;
    private readonly int _line;
    private object? _label;
    private object? _contextOrTask;
    private ChildBlock? _block;
    private byte _place;

    protected Child(Nursery nursery, in ChildOrigin origin)
    {
        _label = origin.Name;
        _file = origin.File;
        _line = origin.Line;
        StartedAt = Clock.Now(nursery.CancelScope.TimeProvider);
        // The context of whoever started the child: activity, culture and logging scopes flow, the cancel scope does not.
        _contextOrTask = ExecutionContext.Capture();
    }

    /// <summary>Whose child it is, once it was taken in.</summary>
    public Nursery Nursery => _block!.Nursery;

    public string? Name => _label is Traced traced ? traced.Name : (string?)_label;

    public string? Origin => _file is null ? null : ChildOrigin.Format(_file, _line);

    /// <summary>By <see cref="Clock"/>.</summary>
    public long StartedAt { get; }

    /// <summary>Whether it waits until another one has ended. Written under the nursery's lock.</summary>
    public volatile bool IsQueued;

    /// <summary>Set where somebody listened when the child started, so that what is counted in is counted out.</summary>
    public bool IsCounted;

    public Activity? Activity => (_label as Traced)?.Activity;

    /// <summary>What the child runs under.</summary>
    public virtual CancelScope Scope => Nursery.CancelScope;

    /// <summary>Whether the failure of the child is the nursery's to deal with. Asked once the child has ended.</summary>
    public virtual bool BelongsToNursery => true;

    /// <summary>Whether it runs, and whoever started it waits for its signal.</summary>
    public virtual bool IsStarting => false;

    /// <summary>Told when the nursery has taken it in.</summary>
    public void Take(ChildBlock block, int place)
    {
        _block = block;
        _place = (byte)place;
    }

    /// <returns>Whether the block died of it.</returns>
    public bool GiveUpPlace(out ChildBlock block)
    {
        block = _block!;
        return block.Leave(_place);
    }

    /// <summary>Calls the delegate. Must give a task; what it throws is the child's failure.</summary>
    protected abstract Task Invoke();

    /// <summary>Told before the nursery is, so that a result is there as soon as the nursery has ended.</summary>
    public virtual void OnEnded(Task task)
    {
    }

    /// <summary>On a thread of the pool, or of a scheduler.</summary>
    public void Run()
    {
        var context = TakeContext();
        if (context is null)
            RunHere();
        else
            ExecutionContext.Run(context, RunInContext, this);
    }

#if !NETSTANDARD2_0
    void IThreadPoolWorkItem.Execute()
    {
        var context = TakeContext();
        // The pool puts the default context back after every work item.
        if (context is not null)
            ExecutionContext.Restore(context);
        RunHere();
    }
#endif

    /// <summary>On the caller, in a copy of its context: what the child's first part writes to an <see cref="AsyncLocal{T}"/> stays with the child.</summary>
    public void RunNow()
    {
        if (_contextOrTask is not null)
        {
#if NETSTANDARD2_0
            Run();
#else
            // What ExecutionContext.Run would do, but most children leave the context as it was, and then there is nothing to put back.
            var context = TakeContext()!;
            var synchronizationContext = SynchronizationContext.Current;
            RunHere();
            if (!ReferenceEquals(SynchronizationContext.Current, synchronizationContext))
                SynchronizationContext.SetSynchronizationContext(synchronizationContext);
            if (!ReferenceEquals(ExecutionContext.Capture(), context))
                ExecutionContext.Restore(context);
#endif
            return;
        }

        // The flow of contexts is suppressed here, so there is none to copy; the scope has to be put back by hand.
        var scope = CancelScope.Current;
        RunHere();
        CancelScope.Enter(scope);
    }

    /// <summary>Never throws: what the child throws is how it ended.</summary>
    private void RunHere()
    {
        CancelScope.Enter(Scope);
        if (Telemetry.HasListeners && Telemetry.StartChild(this) is { } activity)
            _label = new Traced(Name, activity);
        Task task;
        try
        {
            task = Guard.Returned(Invoke());
        }
        catch (Exception exception)
        {
            task = Cancellation.RethrownAsync(ExceptionDispatchInfo.Capture(exception));
        }

        if (task.IsCompleted)
        {
            Nursery.OnChildEnded(this, task);
            return;
        }

        _contextOrTask = task;
        task.ConfigureAwait(Dispatcher.KeepsContext).GetAwaiter().UnsafeOnCompleted(OnCompleted);
    }

    private void OnCompleted() => Nursery.OnChildEnded(this, (Task)_contextOrTask!);

    private ExecutionContext? TakeContext()
    {
        var context = (ExecutionContext?)_contextOrTask;
        _contextOrTask = null;
        return context;
    }

    private sealed class Traced(string? name, Activity activity)
    {
        public string? Name { get; } = name;

        public Activity Activity { get; } = activity;
    }

    public sealed class OfDelegate(Nursery nursery, in ChildOrigin origin, Func<Task> child) : Child(nursery, origin)
    {
        protected override Task Invoke() => child();
    }

    public sealed class OfTokenDelegate(Nursery nursery, in ChildOrigin origin, Func<CancellationToken, Task> child) : Child(nursery, origin)
    {
        protected override Task Invoke() => child(Nursery.CancellationToken);
    }

    public sealed class WithArgument<TArg>(Nursery nursery, in ChildOrigin origin, Func<TArg, CancellationToken, Task> child, TArg argument) : Child(nursery, origin)
    {
        protected override Task Invoke() => child(argument, Nursery.CancellationToken);
    }

    public sealed class OfWork(Nursery nursery, in ChildOrigin origin, Action work) : Child(nursery, origin)
    {
        protected override Task Invoke()
        {
            work();
            return Task.CompletedTask;
        }
    }

    public sealed class OfTokenWork(Nursery nursery, in ChildOrigin origin, Action<CancellationToken> work) : Child(nursery, origin)
    {
        protected override Task Invoke()
        {
            work(Nursery.CancellationToken);
            return Task.CompletedTask;
        }
    }

    /// <summary>A child that gives a result; the delegate takes the token or not.</summary>
    public sealed class WithResult<T>(Nursery nursery, in ChildOrigin origin, Delegate child) : Child(nursery, origin)
    {
        public ChildTask<T> Result { get; } = new();

        protected override Task Invoke() => child is Func<Task<T>> plain ? plain() : ((Func<CancellationToken, Task<T>>)child)(Nursery.CancellationToken);

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

/// <summary>What the one who starts a child says about it.</summary>
internal readonly struct ChildOrigin(string? name, string? file, int line)
{
    public string? Name { get; } = name;

    public string? File { get; } = file;

    public int Line { get; } = line;

    /// <summary>The file's name alone: the folders say only where it was built.</summary>
    public static string Format(string file, int line)
    {
        var start = file.LastIndexOfAny(['/', '\\']) + 1;
        return file.Substring(start) + ":" + line.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
