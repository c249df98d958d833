using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
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
        var types = new Lookup(compilation);

        Task = types.Get("System.Threading.Tasks.Task");
        TaskOfT = types.Get("System.Threading.Tasks.Task`1");
        ValueTask = types.Get("System.Threading.Tasks.ValueTask");
        ValueTaskOfT = types.Get("System.Threading.Tasks.ValueTask`1");
        TaskFactory = types.Get("System.Threading.Tasks.TaskFactory");
        TaskFactoryOfT = types.Get("System.Threading.Tasks.TaskFactory`1");
        TaskExtensions = types.Get("System.Threading.Tasks.TaskExtensions");
        TaskScheduler = types.Get("System.Threading.Tasks.TaskScheduler");
        TaskCreationOptions = types.Get("System.Threading.Tasks.TaskCreationOptions");
        TaskContinuationOptions = types.Get("System.Threading.Tasks.TaskContinuationOptions");
        TaskCompletionSource = types.Get("System.Threading.Tasks.TaskCompletionSource");
        TaskCompletionSourceOfT = types.Get("System.Threading.Tasks.TaskCompletionSource`1");
        NotifyCompletion = types.Get("System.Runtime.CompilerServices.INotifyCompletion");
        CriticalNotifyCompletion = types.Get("System.Runtime.CompilerServices.ICriticalNotifyCompletion");
        CancellationToken = types.Get("System.Threading.CancellationToken");
        CancellationTokenSource = types.Get("System.Threading.CancellationTokenSource");
        Thread = types.Get("System.Threading.Thread");
        ThreadPool = types.Get("System.Threading.ThreadPool");
        Timer = types.Get("System.Threading.Timer");
        TimerCallback = types.Get("System.Threading.TimerCallback");
        ElapsedEventHandler = types.Get("System.Timers.ElapsedEventHandler");
        BackgroundWorker = types.Get("System.ComponentModel.BackgroundWorker");
        Channel = types.Get("System.Threading.Channels.Channel");
        EnumeratorCancellation = types.Get("System.Runtime.CompilerServices.EnumeratorCancellationAttribute");
        ChannelOfT = types.Get("System.Threading.Channels.Channel`1");
        ChannelWriter = types.Get("System.Threading.Channels.ChannelWriter`1");
        SpinWait = types.Get("System.Threading.SpinWait");
        Interlocked = types.Get("System.Threading.Interlocked");
        Volatile = types.Get("System.Threading.Volatile");
        Parallel = types.Get("System.Threading.Tasks.Parallel");
        AsyncEnumerable = types.Get("System.Collections.Generic.IAsyncEnumerable`1");
        AsyncEnumerator = types.Get("System.Collections.Generic.IAsyncEnumerator`1");
        AsyncDisposable = types.Get("System.IAsyncDisposable");
        Disposable = types.Get("System.IDisposable");
        EventArgs = types.Get("System.EventArgs");
        Expression = types.Get("System.Linq.Expressions.Expression");
        LambdaExpression = types.Get("System.Linq.Expressions.LambdaExpression");
        OperationCanceledException = types.Get("System.OperationCanceledException");
        Exception = types.Get("System.Exception");
        AggregateException = types.Get("System.AggregateException");
        ParallelEnumerable = types.Get("System.Linq.ParallelEnumerable");
        ExceptionDispatchInfo = types.Get("System.Runtime.ExceptionServices.ExceptionDispatchInfo");
        TimeSpan = types.Get("System.TimeSpan");
        SemaphoreSlim = types.Get("System.Threading.SemaphoreSlim");
        SynchronizationContext = types.Get("System.Threading.SynchronizationContext");
        ThreadPoolWorkItem = types.Get("System.Threading.IThreadPoolWorkItem");
        ValueTaskSource = types.Get("System.Threading.Tasks.Sources.IValueTaskSource");
        ValueTaskSourceOfT = types.Get("System.Threading.Tasks.Sources.IValueTaskSource`1");

        Nursery = types.Get(RuntimeNames.Nursery);
        OwnedNursery = types.Get(RuntimeNames.OwnedNursery);
        NurseryOptions = types.Get(RuntimeNames.NurseryOptions);
        NurseryExtensions = types.Get(RuntimeNames.NurseryExtensions);
        ChildTask = types.Get(RuntimeNames.ChildTask);
        CancelScope = types.Get(RuntimeNames.CancelScope);
        Checkpoint = types.Get(RuntimeNames.Checkpoint);
        ToThread = types.Get(RuntimeNames.ToThread);
        MemoryChannel = types.Get(RuntimeNames.MemoryChannel);
        Receiver = types.Get(RuntimeNames.Receiver);
        ChannelReader = types.Get("System.Threading.Channels.ChannelReader`1");
        Sender = types.Get(RuntimeNames.Sender);
        Started = types.Get(RuntimeNames.Started);
        StartedOfT = types.Get(RuntimeNames.StartedOfT);
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
            // Nothing that is asked for is above these: a struct, and what everything derives from.
            if (type.IsValueType || type.SpecialType == SpecialType.System_Object)
                return false;
        }

        return false;
    }

    public static bool Implements(ITypeSymbol? type, ITypeSymbol? known)
        => known is not null && type is not null && (Is(type, known) || type.AllInterfaces.Any(candidate => Is(candidate, known)));

    /// <summary>
    /// Types by their full names, through the namespaces that the compiler has merged to bind the code at hand: to ask every reference for every name is most of what this class would
    /// cost.
    /// </summary>
    private sealed class Lookup(Compilation compilation)
    {
        private readonly Dictionary<string, INamespaceSymbol?> _namespaces = new() { [""] = compilation.GlobalNamespace };

        // What has another alias than `global` stands in no merged namespace.
        private readonly bool _hasAliases = compilation.References.Any(static reference => !reference.Properties.Aliases.IsEmpty);

        /// <summary>A type may be declared in several referenced assemblies (a back-port beside the framework's own): the one the language would bind to wins.</summary>
        public INamedTypeSymbol? Get(string metadataName)
        {
            var name = metadataName.Substring(metadataName.LastIndexOf('.') + 1);
            var arity = 0;
            if (name.IndexOf('`') is > 0 and var tick)
            {
                arity = int.Parse(name.Substring(tick + 1), CultureInfo.InvariantCulture);
                name = name.Substring(0, tick);
            }

            var candidates = NamespaceAround(metadataName)?.GetTypeMembers(name, arity) ?? ImmutableArray<INamedTypeSymbol>.Empty;
            if (candidates.IsEmpty && _hasAliases)
                candidates = compilation.GetTypesByMetadataName(metadataName);
            return candidates.Length switch
            {
                0 => null,
                1 => candidates[0],
                _ => candidates.FirstOrDefault(each => SymbolEqualityComparer.Default.Equals(each.ContainingAssembly, compilation.Assembly))
                     ?? candidates.FirstOrDefault(each => SymbolEqualityComparer.Default.Equals(each.ContainingAssembly, compilation.ObjectType.ContainingAssembly))
                     ?? compilation.GetTypeByMetadataName(metadataName)
                     ?? candidates.FirstOrDefault(static each => each.DeclaredAccessibility == Accessibility.Public)
                     ?? candidates[0],
            };
        }

        private INamespaceSymbol? NamespaceAround(string name)
        {
            var around = name.LastIndexOf('.') is > 0 and var dot ? name.Substring(0, dot) : "";
            if (!_namespaces.TryGetValue(around, out var found))
            {
                var last = around.Substring(around.LastIndexOf('.') + 1);
                _namespaces[around] = found = NamespaceAround(around)?.GetMembers(last).OfType<INamespaceSymbol>().FirstOrDefault();
            }

            return found;
        }
    }
}
