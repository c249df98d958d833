using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>Every type the rules and the fixes ask for, resolved once per compilation. Absent types are null. Thread-safe: immutable.</summary>
internal sealed class KnownSymbols
{
    private static readonly ConditionalWeakTable<Compilation, KnownSymbols> Cache = new();

    private KnownSymbols(Compilation compilation)
    {
        Compilation = compilation;

        Task = Get("System.Threading.Tasks.Task");
        TaskOfT = Get("System.Threading.Tasks.Task`1");
        ValueTask = Get("System.Threading.Tasks.ValueTask");
        ValueTaskOfT = Get("System.Threading.Tasks.ValueTask`1");
        TaskFactory = Get("System.Threading.Tasks.TaskFactory");
        TaskFactoryOfT = Get("System.Threading.Tasks.TaskFactory`1");
        TaskExtensions = Get("System.Threading.Tasks.TaskExtensions");
        TaskScheduler = Get("System.Threading.Tasks.TaskScheduler");
        TaskCreationOptions = Get("System.Threading.Tasks.TaskCreationOptions");
        TaskContinuationOptions = Get("System.Threading.Tasks.TaskContinuationOptions");
        TaskCompletionSource = Get("System.Threading.Tasks.TaskCompletionSource");
        TaskCompletionSourceOfT = Get("System.Threading.Tasks.TaskCompletionSource`1");
        NotifyCompletion = Get("System.Runtime.CompilerServices.INotifyCompletion");
        CriticalNotifyCompletion = Get("System.Runtime.CompilerServices.ICriticalNotifyCompletion");
        CancellationToken = Get("System.Threading.CancellationToken");
        CancellationTokenSource = Get("System.Threading.CancellationTokenSource");
        Thread = Get("System.Threading.Thread");
        ThreadPool = Get("System.Threading.ThreadPool");
        Timer = Get("System.Threading.Timer");
        TimerCallback = Get("System.Threading.TimerCallback");
        ElapsedEventHandler = Get("System.Timers.ElapsedEventHandler");
        BackgroundWorker = Get("System.ComponentModel.BackgroundWorker");
        Channel = Get("System.Threading.Channels.Channel");
        EnumeratorCancellation = Get("System.Runtime.CompilerServices.EnumeratorCancellationAttribute");
        ChannelOfT = Get("System.Threading.Channels.Channel`1");
        ChannelWriter = Get("System.Threading.Channels.ChannelWriter`1");
        SpinWait = Get("System.Threading.SpinWait");
        Interlocked = Get("System.Threading.Interlocked");
        Volatile = Get("System.Threading.Volatile");
        Parallel = Get("System.Threading.Tasks.Parallel");
        AsyncEnumerable = Get("System.Collections.Generic.IAsyncEnumerable`1");
        AsyncEnumerator = Get("System.Collections.Generic.IAsyncEnumerator`1");
        AsyncDisposable = Get("System.IAsyncDisposable");
        Disposable = Get("System.IDisposable");
        EventArgs = Get("System.EventArgs");
        Expression = Get("System.Linq.Expressions.Expression");
        LambdaExpression = Get("System.Linq.Expressions.LambdaExpression");
        OperationCanceledException = Get("System.OperationCanceledException");
        Exception = Get("System.Exception");
        AggregateException = Get("System.AggregateException");
        ParallelEnumerable = Get("System.Linq.ParallelEnumerable");
        ExceptionDispatchInfo = Get("System.Runtime.ExceptionServices.ExceptionDispatchInfo");
        TimeSpan = Get("System.TimeSpan");
        SemaphoreSlim = Get("System.Threading.SemaphoreSlim");
        SynchronizationContext = Get("System.Threading.SynchronizationContext");
        ThreadPoolWorkItem = Get("System.Threading.IThreadPoolWorkItem");
        ValueTaskSource = Get("System.Threading.Tasks.Sources.IValueTaskSource");
        ValueTaskSourceOfT = Get("System.Threading.Tasks.Sources.IValueTaskSource`1");

        Nursery = Get(RuntimeNames.Nursery);
        OwnedNursery = Get(RuntimeNames.OwnedNursery);
        NurseryOptions = Get(RuntimeNames.NurseryOptions);
        NurseryExtensions = Get(RuntimeNames.NurseryExtensions);
        ChildTask = Get(RuntimeNames.ChildTask);
        CancelScope = Get(RuntimeNames.CancelScope);
        Checkpoint = Get(RuntimeNames.Checkpoint);
        ToThread = Get(RuntimeNames.ToThread);
        MemoryChannel = Get(RuntimeNames.MemoryChannel);
        Receiver = Get(RuntimeNames.Receiver);
        ChannelReader = Get("System.Threading.Channels.ChannelReader`1");
        Sender = Get(RuntimeNames.Sender);
        Started = Get(RuntimeNames.Started);
        StartedOfT = Get(RuntimeNames.StartedOfT);
    }

    public Compilation Compilation { get; }

    public INamedTypeSymbol? Task { get; }
    public INamedTypeSymbol? TaskOfT { get; }
    public INamedTypeSymbol? ValueTask { get; }
    public INamedTypeSymbol? ValueTaskOfT { get; }
    public INamedTypeSymbol? TaskFactory { get; }
    public INamedTypeSymbol? TaskFactoryOfT { get; }
    public INamedTypeSymbol? TaskExtensions { get; }
    public INamedTypeSymbol? TaskScheduler { get; }
    public INamedTypeSymbol? TaskCreationOptions { get; }
    public INamedTypeSymbol? TaskContinuationOptions { get; }
    public INamedTypeSymbol? TaskCompletionSource { get; }
    public INamedTypeSymbol? TaskCompletionSourceOfT { get; }
    public INamedTypeSymbol? NotifyCompletion { get; }
    public INamedTypeSymbol? CriticalNotifyCompletion { get; }
    public INamedTypeSymbol? CancellationToken { get; }
    public INamedTypeSymbol? CancellationTokenSource { get; }
    public INamedTypeSymbol? Thread { get; }
    public INamedTypeSymbol? ThreadPool { get; }
    public INamedTypeSymbol? Timer { get; }
    public INamedTypeSymbol? TimerCallback { get; }
    public INamedTypeSymbol? ElapsedEventHandler { get; }
    public INamedTypeSymbol? BackgroundWorker { get; }
    public INamedTypeSymbol? Channel { get; }
    public INamedTypeSymbol? EnumeratorCancellation { get; }
    public INamedTypeSymbol? ChannelOfT { get; }
    public INamedTypeSymbol? ChannelWriter { get; }
    public INamedTypeSymbol? SpinWait { get; }
    public INamedTypeSymbol? Interlocked { get; }
    public INamedTypeSymbol? Volatile { get; }
    public INamedTypeSymbol? Parallel { get; }
    public INamedTypeSymbol? AsyncEnumerable { get; }
    public INamedTypeSymbol? AsyncEnumerator { get; }
    public INamedTypeSymbol? AsyncDisposable { get; }
    public INamedTypeSymbol? Disposable { get; }
    public INamedTypeSymbol? EventArgs { get; }
    public INamedTypeSymbol? Expression { get; }
    public INamedTypeSymbol? LambdaExpression { get; }
    public INamedTypeSymbol? OperationCanceledException { get; }
    public INamedTypeSymbol? Exception { get; }
    public INamedTypeSymbol? AggregateException { get; }
    public INamedTypeSymbol? ParallelEnumerable { get; }
    public INamedTypeSymbol? ExceptionDispatchInfo { get; }
    public INamedTypeSymbol? TimeSpan { get; }
    public INamedTypeSymbol? SemaphoreSlim { get; }
    public INamedTypeSymbol? SynchronizationContext { get; }
    public INamedTypeSymbol? ThreadPoolWorkItem { get; }
    public INamedTypeSymbol? ValueTaskSource { get; }
    public INamedTypeSymbol? ValueTaskSourceOfT { get; }

    public INamedTypeSymbol? Nursery { get; }
    public INamedTypeSymbol? OwnedNursery { get; }
    public INamedTypeSymbol? NurseryOptions { get; }
    public INamedTypeSymbol? NurseryExtensions { get; }
    public INamedTypeSymbol? ChildTask { get; }
    public INamedTypeSymbol? CancelScope { get; }
    public INamedTypeSymbol? Checkpoint { get; }
    public INamedTypeSymbol? ToThread { get; }
    public INamedTypeSymbol? MemoryChannel { get; }
    public INamedTypeSymbol? Receiver { get; }
    public INamedTypeSymbol? ChannelReader { get; }
    public INamedTypeSymbol? Sender { get; }
    public INamedTypeSymbol? Started { get; }
    public INamedTypeSymbol? StartedOfT { get; }

    /// <summary>Whether the runtime that the fixes target can be referenced from this compilation.</summary>
    public bool HasRuntime => Nursery is not null && CancelScope is not null && Checkpoint is not null;

    /// <summary>Whether a type or member belongs to the runtime, whose members see the scope around them by themselves.</summary>
    public bool IsOfRuntime(ISymbol? symbol) => Checkpoint is { } runtime && symbol is not null && SymbolEqualityComparer.Default.Equals(symbol.OriginalDefinition.ContainingAssembly, runtime.ContainingAssembly);

    public static KnownSymbols For(Compilation compilation) => Cache.GetValue(compilation, static compilation => new KnownSymbols(compilation));

    /// <summary>Compares definitions, so that <c>Task&lt;int&gt;</c> is <c>Task&lt;T&gt;</c>. A null <paramref name="known"/> is equal to nothing.</summary>
    public static bool Is(ISymbol? symbol, ISymbol? known)
        => known is not null && symbol is not null && SymbolEqualityComparer.Default.Equals(symbol.OriginalDefinition, known);

    /// <summary>The type of a local, a parameter, a field or a property; null for anything else.</summary>
    public static ITypeSymbol? TypeOf(ISymbol? symbol)
        => symbol switch
        {
            ILocalSymbol local => local.Type,
            IParameterSymbol parameter => parameter.Type,
            IFieldSymbol field => field.Type,
            IPropertySymbol property => property.Type,
            _ => null,
        };

    /// <summary>Whether <paramref name="type"/> is <paramref name="known"/> or derives from it.</summary>
    public static bool IsOrDerivesFrom(ITypeSymbol? type, ITypeSymbol? known)
    {
        if (known is null)
            return false;
        for (; type is not null; type = type.BaseType)
        {
            if (Is(type, known))
                return true;
        }

        return false;
    }

    public static bool Implements(ITypeSymbol? type, ITypeSymbol? known)
        => known is not null && type is not null && (Is(type, known) || type.AllInterfaces.Any(candidate => Is(candidate, known)));

    /// <summary>
    /// A type may be declared in several referenced assemblies (a back-port beside the framework's own): the one the language would bind to wins. The core library is
    /// asked first: looking through every reference, as the compilation does, is most of what this class costs.
    /// </summary>
    private INamedTypeSymbol? Get(string metadataName)
        => Compilation.Assembly.GetTypeByMetadataName(metadataName)
           ?? Compilation.ObjectType.ContainingAssembly?.GetTypeByMetadataName(metadataName)
           ?? Compilation.GetTypeByMetadataName(metadataName)
           ?? Compilation.GetTypesByMetadataName(metadataName) switch
           {
               { IsEmpty: true } => null,
               var candidates => candidates.FirstOrDefault(candidate => candidate.DeclaredAccessibility == Accessibility.Public) ?? candidates[0],
           };
}
