using System.Collections.Generic;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Changes to one document, and the types that the new code names: a <c>using</c> is added for each that is not in scope.</summary>
internal sealed class CodeChanges : List<TextChange>
{
    private readonly HashSet<(string Namespace, string Type)> _needs = new();

    public IReadOnlyCollection<(string Namespace, string Type)> Needs => _needs;

    public void Need(params (string Namespace, string Type)[] types) => _needs.UnionWith(types);

    /// <summary>Adds what others have thought of.</summary>
    public void Include(CodeChanges other)
    {
        AddRange(other);
        _needs.UnionWith(other._needs);
    }
}

/// <summary>Types that new code names.</summary>
internal static class Needed
{
    public static readonly (string, string) Nursery = (RuntimeNames.Namespace, "Nursery");
    public static readonly (string, string) Checkpoint = (RuntimeNames.Namespace, "Checkpoint");
    public static readonly (string, string) ToThread = (RuntimeNames.Namespace, "ToThread");
    public static readonly (string, string) Task = ("System.Threading.Tasks", "Task");
    public static readonly (string, string) ValueTask = ("System.Threading.Tasks", "ValueTask");
    public static readonly (string, string) Exception = ("System", "Exception");
    public static readonly (string, string) OperationCanceledException = ("System", "OperationCanceledException");
    public static readonly (string, string) AsyncDisposable = ("System", "IAsyncDisposable");
    public static readonly (string, string) Disposable = ("System", "IDisposable");
    public static readonly (string, string) TimeSpan = ("System", "TimeSpan");
    public static readonly (string, string) CancellationToken = ("System.Threading", "CancellationToken");
}
