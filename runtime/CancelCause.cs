namespace Structured.Concurrency;

/// <summary>Why a <see cref="CancelScope"/> was cancelled.</summary>
public enum CancelCause
{
    /// <summary>It was not.</summary>
    None,

    /// <summary><see cref="CancelScope.Cancel(string?)"/> was called on it.</summary>
    Cancelled,

    /// <summary>Its deadline passed.</summary>
    Deadline,

    /// <summary>A child of its nursery, or the nursery's body, failed.</summary>
    ChildFailed,

    /// <summary>A scope around it was cancelled, or the token it was opened with.</summary>
    FromOutside,
}
