using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.CodeFixes;

/// <summary>A function whose signature changes, with everything in the solution that has to change with it: one function leads to others, until nothing is left to follow.</summary>
internal abstract class FunctionClosure
{
    private const int MostFunctions = 40;

    private readonly Queue<IMethodSymbol> _pending = new();

    protected FunctionClosure(Solution solution, CancellationToken cancellationToken)
    {
        Solution = solution;
        CancellationToken = cancellationToken;
        Changes = new SolutionChanges(solution, cancellationToken);
    }

    /// <summary>How many functions change.</summary>
    public int Count { get; private set; }

    public SolutionChanges Changes { get; }

    /// <summary>The solution in which all of them have changed.</summary>
    public Solution Changed { get; private set; } = null!;

    /// <summary>How a title names the functions besides the first.</summary>
    public string Others => Count == 1 ? "" : Count == 2 ? " and one other" : $" and {Count - 1} others";

    protected Solution Solution { get; }

    protected CancellationToken CancellationToken { get; }

    /// <summary>Notes a function that changes; each once.</summary>
    protected void Follow(IMethodSymbol function)
    {
        Count++;
        _pending.Enqueue(function);
    }

    /// <summary>Changes what refers to a function that changes.</summary>
    /// <returns>False where somebody is in the way.</returns>
    protected abstract Task<bool> FollowAsync(IMethodSymbol function);

    protected async Task<bool> RunAsync()
    {
        while (_pending.Count > 0)
        {
            if (Count > MostFunctions || !await FollowAsync(_pending.Dequeue()).ConfigureAwait(false))
                return false;
        }

        if (Changes.Apply() is not { } solution)
            return false;
        Changed = solution;
        return true;
    }
}
