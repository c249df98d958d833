using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>How much a loop must pass on every way round: a point that may give the thread back, or one that observes cancellation.</summary>
internal enum CheckpointStrictness
{
    Schedule,
    Cancel,
}

/// <summary>A named set of severities and options, chosen by the <c>StructuredConcurrency</c> build property.</summary>
internal enum Preset
{
    Off,
    Recommended,
    Strict,
}

/// <summary>
/// Every option, read from <c>.editorconfig</c> keys of the form <c>structured_concurrency.&lt;name&gt;</c>, and the attributes that say the same in code.
/// Thread-safe.
/// </summary>
internal sealed class AnalyzerSettings
{
    public const string BuildProperty = "build_property.StructuredConcurrency";
    public const string Prefix = "structured_concurrency.";
    public const string DetachedMethods = Prefix + "detached_methods";
    public const string CheckpointMethods = Prefix + "checkpoint_methods";
    public const string ObservingMethods = Prefix + "observing_methods";
    public const string AsyncVoidEntryPoints = Prefix + "async_void_entry_points";
    public const string Strictness = Prefix + "checkpoint_strictness";

    private static readonly string[] SymbolLists = [DetachedMethods, CheckpointMethods, ObservingMethods, AsyncVoidEntryPoints];

    /// <summary>
    /// Commands queued on a batch complete when the batch is executed; awaiting them one by one would deadlock. A call on a checked substitute starts nothing.
    /// </summary>
    private static readonly SymbolList DefaultDetached = new("T:StackExchange.Redis.IBatch", "T:StackExchange.Redis.ITransaction", "T:NSubstitute.SubstituteExtensions");

    /// <summary>Extension methods that return nothing because they wait.</summary>
    private static readonly SymbolList DefaultObserving = new(
        "T:Nito.AsyncEx.Synchronous.TaskExtensions",
        "M:Microsoft.VisualStudio.Threading.TplExtensions.WaitWithoutInlining(System.Threading.Tasks.Task)");

    private static readonly ConditionalWeakTable<Compilation, AnalyzerSettings> Cache = new();

    private readonly AnalyzerConfigOptionsProvider _provider;
    private readonly ConcurrentDictionary<string, SymbolList> _parsedLists = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ISymbol, string?> _documentationIds = new(SymbolEqualityComparer.Default);

    public AnalyzerSettings(AnalyzerConfigOptionsProvider provider)
    {
        _provider = provider;
        Preset = PresetOf(provider);
    }

    /// <summary>The settings of a compilation, which every rule shares: what the name of a method is need be found once.</summary>
    public static AnalyzerSettings For(Compilation compilation, AnalyzerConfigOptionsProvider provider)
    {
        var shared = Cache.GetValue(compilation, _ => new AnalyzerSettings(provider));
        // The same compilation may be asked about again with other options.
        return shared._provider == provider ? shared : new AnalyzerSettings(provider);
    }

    public Preset Preset { get; }

    /// <summary>The function that a rule looked at last, shared by all rules of a compilation as these settings are.</summary>
    public LastOfThread<TaskLocals> LastTaskLocals { get; } = new();

    /// <summary>What the build said. A project that only inherits the analyzers does not make the property visible, and so gets nothing.</summary>
    public static Preset PresetOf(AnalyzerConfigOptionsProvider provider)
    {
        if (!provider.GlobalOptions.TryGetValue(BuildProperty, out var value) || string.IsNullOrWhiteSpace(value))
            return Preset.Off;
        value = value.Trim();
        if (value.Equals("off", StringComparison.OrdinalIgnoreCase) || value.Equals("false", StringComparison.OrdinalIgnoreCase))
            return Preset.Off;
        return value.Equals("strict", StringComparison.OrdinalIgnoreCase) ? Preset.Strict : Preset.Recommended;
    }

    /// <summary>Options of one file whose value is not understood, and so ignored: the key, the value, and what would be.</summary>
    public IEnumerable<(string Option, string Value, string Expected)> NotUnderstood(SyntaxTree tree)
    {
        var options = _provider.GetOptions(tree);
        if (options.TryGetValue(Strictness, out var strictness) && !IsOneOf(strictness, "schedule", "cancel"))
            yield return (Strictness, strictness, "expected 'schedule' or 'cancel'");
        foreach (var key in SymbolLists)
        {
            if (!options.TryGetValue(key, out var list))
                continue;
            foreach (var entry in Parse(list))
            {
                if (!IsDocumentationId(entry))
                    yield return (key, entry, "expected documentation-comment ids such as 'M:Namespace.Type.Method(System.Threading.Tasks.Task)' or 'T:Namespace.Type', separated by '|'");
            }
        }
    }

    private static bool IsOneOf(string value, params string[] known) => value.Trim().Length == 0 || known.Contains(value.Trim(), StringComparer.OrdinalIgnoreCase);

    private static bool IsDocumentationId(string entry)
        => entry.Length > 2 && entry[1] == ':' && entry[0] is 'M' or 'T' && !entry.Contains(' ') && (entry.IndexOf('(') < 0 || entry.EndsWith(")", StringComparison.Ordinal) || entry.Contains(")~"));

    public CheckpointStrictness StrictnessFor(SyntaxTree tree)
    {
        if (_provider.GetOptions(tree).TryGetValue(Strictness, out var value))
        {
            if (value.Trim().Equals("cancel", StringComparison.OrdinalIgnoreCase))
                return CheckpointStrictness.Cancel;
            if (value.Trim().Equals("schedule", StringComparison.OrdinalIgnoreCase))
                return CheckpointStrictness.Schedule;
        }

        return Preset == Preset.Strict ? CheckpointStrictness.Cancel : CheckpointStrictness.Schedule;
    }

    /// <summary>Whether a task that <paramref name="method"/> returns or is given is knowingly let go.</summary>
    public bool IsDetached(IMethodSymbol method, ITypeSymbol? receiver, SyntaxTree tree)
        => HasAttribute(method, RuntimeNames.DetachedAttribute) || IsListed(method, receiver, tree, DetachedMethods, DefaultDetached);

    /// <summary>Whether <paramref name="method"/> takes over the task it is given as <paramref name="parameter"/>.</summary>
    public bool IsObserving(IMethodSymbol method, IParameterSymbol parameter, SyntaxTree tree)
        => HasAttribute(method, RuntimeNames.TakesOwnershipAttribute)
           || HasAttribute(parameter, RuntimeNames.TakesOwnershipAttribute)
           || IsListed(method, receiver: null, tree, ObservingMethods, DefaultObserving);

    /// <summary>Whether a call of <paramref name="method"/> counts as a checkpoint.</summary>
    public bool IsCheckpoint(IMethodSymbol method, SyntaxTree tree)
        => HasAttribute(method, RuntimeNames.CheckpointAttribute) || IsListed(method, receiver: null, tree, CheckpointMethods, SymbolList.Empty);

    public bool IsAsyncVoidEntryPoint(IMethodSymbol method, SyntaxTree tree)
        => IsListed(method, receiver: null, tree, AsyncVoidEntryPoints, SymbolList.Empty);

    private static bool HasAttribute(ISymbol symbol, string attributeName)
    {
        foreach (var attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass is { Name: var name } && (name == attributeName || name + "Attribute" == attributeName))
                return true;
        }

        return symbol switch
        {
            IMethodSymbol { ReducedFrom: { } original } => HasAttribute(original, attributeName),
            { OriginalDefinition: var original } => !SymbolEqualityComparer.Default.Equals(original, symbol) && HasAttribute(original, attributeName),
        };
    }

    private bool IsListed(IMethodSymbol method, ITypeSymbol? receiver, SyntaxTree tree, string key, SymbolList defaults)
    {
        var listed = _provider.GetOptions(tree).TryGetValue(key, out var text) && text.Length > 0
            ? _parsedLists.GetOrAdd(text, static text => new SymbolList(Parse(text).ToArray()))
            : SymbolList.Empty;
        if (listed.IsEmpty && defaults.IsEmpty)
            return false;

        // An entry names the method, the type that declares it, or, for interfaces that inherit their members, the type it is called on.
        var definition = (method.ReducedFrom ?? method).OriginalDefinition;
        return Contains(definition)
               || Contains(definition.ContainingType)
               || (receiver is not null && (Contains(receiver.OriginalDefinition) || receiver.AllInterfaces.Any(candidate => Contains(candidate.OriginalDefinition))));

        bool Contains(ISymbol? symbol)
            => symbol is not null
               && (listed.MayContain(symbol) || defaults.MayContain(symbol))
               && _documentationIds.GetOrAdd(symbol, static symbol => symbol.GetDocumentationCommentId()) is { } id
               && (listed.Contains(id) || defaults.Contains(id));
    }

    private static ImmutableHashSet<string> Parse(string text)
        => text.Split('|').Select(static entry => entry.Trim()).Where(static entry => entry.Length > 0).ToImmutableHashSet(StringComparer.Ordinal);

    /// <summary>Symbols by their documentation ids. To put the id of a symbol together costs far more than a look at its name, which most lack.</summary>
    private sealed class SymbolList(params string[] ids)
    {
        public static readonly SymbolList Empty = new();

        private readonly ImmutableHashSet<string> _ids = ids.ToImmutableHashSet(StringComparer.Ordinal);
        private readonly ImmutableHashSet<string> _names = ids.Select(NameIn).ToImmutableHashSet(StringComparer.Ordinal);

        public bool IsEmpty => _ids.IsEmpty;

        // In an id, the dots of a constructor and of an explicit implementation are no dots.
        public bool MayContain(ISymbol symbol) => !_names.IsEmpty && (_names.Contains(symbol.Name) || symbol.Name.IndexOf('.') >= 0);

        // A '#' begins a comment in the files that options stand in: a dot says it as well.
        public bool Contains(string id) => _ids.Contains(id) || id.IndexOf('#') >= 0 && _ids.Contains(id.Replace('#', '.'));

        /// <summary><c>Work</c> in <c>M:Some.Type`1.Work``1(System.Action{``0})</c>.</summary>
        private static string NameIn(string id)
        {
            var signature = id.IndexOfAny(['(', '~']);
            var path = signature < 0 ? id : id.Substring(0, signature);
            var name = path.Substring(path.LastIndexOfAny(['.', ':']) + 1);
            return name.IndexOf('`') is >= 0 and var arity ? name.Substring(0, arity) : name;
        }
    }
}
