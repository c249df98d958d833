using System;
using System.Threading;
#if !NETSTANDARD2_0
using System.Runtime.InteropServices;
#endif

namespace Structured.Concurrency;

/// <summary>Turns the first signal that ends a process into a cancellation; later ones do what they always did.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    // What shells report for a process that a signal ended: 128 and the number of the signal.
    private const int Interrupted = 130;
    private const int Terminated = 143;

    private readonly Nursery _nursery;
    private int _exitCode;

    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <returns>Whether this is the first, which is not to end the process.</returns>
    public bool OnSignal(int exitCode, string reason)
    {
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0)
            return false;
        _nursery.Cancel(reason);
        return true;
    }

#if NETSTANDARD2_0
    // There is no way to keep a process from ending on the request to terminate, only to hold it until the program is done.
    private readonly ManualResetEventSlim _isDone = new();

    public ShutdownSignals(Nursery nursery)
    {
        _nursery = nursery;
        Console.CancelKeyPress += OnCancelKeyPress;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public void Dispose()
    {
        _isDone.Set();
        Console.CancelKeyPress -= OnCancelKeyPress;
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
    }

    private void OnCancelKeyPress(object? sender, ConsoleCancelEventArgs e) => e.Cancel = OnSignal(Interrupted, "Ctrl+C was pressed.");

    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (OnSignal(Terminated, "The process was asked to end."))
            _isDone.Wait();
    }
#else
    private readonly PosixSignalRegistration? _interrupt;
    private readonly PosixSignalRegistration? _terminate;

    public ShutdownSignals(Nursery nursery)
    {
        _nursery = nursery;
        if (OperatingSystem.IsBrowser() || OperatingSystem.IsAndroid() || OperatingSystem.IsIOS() || OperatingSystem.IsTvOS())
            return;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = OnSignal(Interrupted, "Ctrl+C was pressed."));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = OnSignal(Terminated, "The process was asked to end."));
    }

    public void Dispose()
    {
        _interrupt?.Dispose();
        _terminate?.Dispose();
    }
#endif
}
