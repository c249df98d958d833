using System;

namespace Structured.Concurrency;

/// <summary>How the body of a <see cref="CancelScope"/> ended, when it did not throw.</summary>
public readonly struct ScopeOutcome
{
    internal ScopeOutcome(bool completed) => Completed = completed;

    /// <summary>The body ran to its end.</summary>
    public bool Completed { get; }

    /// <summary>The body was cancelled by this scope, and the cancellation ended here.</summary>
    public bool CancelledCaught => !Completed;
}

/// <summary>How the body of a <see cref="CancelScope"/> ended, when it did not throw, and what it gave.</summary>
/// <typeparam name="T">What the body gives.</typeparam>
public readonly struct ScopeOutcome<T>
{
    private readonly T _result;

    internal ScopeOutcome(T result)
    {
        Completed = true;
        _result = result;
    }

    /// <inheritdoc cref="ScopeOutcome.Completed"/>
    public bool Completed { get; }

    /// <inheritdoc cref="ScopeOutcome.CancelledCaught"/>
    public bool CancelledCaught => !Completed;

    /// <summary>What the body gave.</summary>
    /// <exception cref="InvalidOperationException">The body did not complete.</exception>
    public T Result => Completed ? _result : throw new InvalidOperationException("The scope was cancelled before its body gave a result; look at Completed first.");
}
