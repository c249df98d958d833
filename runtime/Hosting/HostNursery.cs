using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Structured.Concurrency.Hosting;

/// <summary>Ties one <see cref="OwnedNursery"/> to the life of a host.</summary>
/// <remarks>
/// The nursery is registered as an instance, so the container does not dispose of it: disposing joins, and a child that ignores its cancellation would then keep the
/// process from ending, past every timeout of the host.
/// </remarks>
internal sealed partial class HostNursery : IHostedService, IDisposable
{
    private readonly object _lock = new();
    private readonly HostNurseryOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly List<ChildFailure> _unlogged = [];
    private IHostApplicationLifetime? _lifetime;
    private ILogger? _logger;

    public HostNursery(HostNurseryOptions options)
    {
        _options = options;
        _timeProvider = options.TimeProvider ?? TimeProvider.System;
        Nursery = Structured.Concurrency.Nursery.Open(new NurseryOptions
        {
            Name = "host",
            MaxConcurrency = options.MaxConcurrency,
            TimeProvider = options.TimeProvider,
            OnChildFailure = OnChildFailure,
        });
    }

    public OwnedNursery Nursery { get; }

    /// <summary>Called when the host is built: only then is there somebody to tell.</summary>
    public HostNursery Attach(IHostApplicationLifetime lifetime, ILogger<HostNursery> logger)
    {
        ChildFailure[] unlogged;
        lock (_lock)
        {
            _lifetime = lifetime;
            _logger = logger;
            unlogged = _unlogged.ToArray();
            _unlogged.Clear();
        }

        foreach (var failure in unlogged)
            Report(failure, logger, lifetime);
        return this;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A host that is disposed of without having been stopped still cancels what runs; it has no time to wait.</summary>
    public void Dispose() => Nursery.Cancel("The host was disposed.");

    /// <param name="cancellationToken">Cancelled when the host's shutdown timeout has passed.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var join = Nursery.JoinAsync();
        if (!await EndsWithinAsync(join, _options.GracePeriod, cancellationToken).ConfigureAwait(false))
        {
            Nursery.Cancel("The host is shutting down.");
            if (!await EndsWithinAsync(join, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
            {
                LogLeftRunning(_logger!, Nursery.LiveChildCount);
                return;
            }
        }

        // What children failed with was logged as it happened; what remains are callbacks on the token that threw when the nursery was cancelled.
        try
        {
            await join.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogFailed(_logger!, "cancellation", exception);
        }
    }

    private FailureAction OnChildFailure(ChildFailure failure)
    {
        ILogger logger;
        IHostApplicationLifetime lifetime;
        lock (_lock)
        {
            if (_logger is null)
            {
                _unlogged.Add(failure);
                return FailureAction.Handled;
            }

            logger = _logger;
            lifetime = _lifetime!;
        }

        Report(failure, logger, lifetime);
        return FailureAction.Handled;
    }

    private void Report(ChildFailure failure, ILogger logger, IHostApplicationLifetime lifetime)
    {
        var name = failure.ChildName ?? "without a name";
        if (_options.OnFailure == HostFailureAction.StopHost)
        {
            LogFailedAndStops(logger, name, failure.Exception);
            lifetime.StopApplication();
        }
        else
        {
            LogFailed(logger, name, failure.Exception);
        }
    }

    private async Task<bool> EndsWithinAsync(Task join, TimeSpan time, CancellationToken cancellationToken)
    {
        if (join.IsCompleted)
            return true;
        if (time == TimeSpan.Zero)
            return false;
        var over = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = _timeProvider.CreateTimer(static over => ((TaskCompletionSource<bool>)over!).TrySetResult(true), over, time, Timeout.InfiniteTimeSpan);
        using var registration = cancellationToken.Register(static over => ((TaskCompletionSource<bool>)over!).TrySetResult(true), over);
        return await Task.WhenAny(join, over.Task).ConfigureAwait(false) == join;
    }

    [LoggerMessage(1, LogLevel.Error, "Child {Name} of the host's nursery failed.")]
    private static partial void LogFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(2, LogLevel.Critical, "Child {Name} of the host's nursery failed; the host is stopping.")]
    private static partial void LogFailedAndStops(ILogger logger, string name, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "{Count} children of the host's nursery did not end within the host's shutdown timeout after they were cancelled.")]
    private static partial void LogLeftRunning(ILogger logger, int count);
}
