using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Structured.Concurrency.Testing;

namespace Structured.Concurrency.Hosting.Tests;

/// <summary>Each with a real generic host, started and stopped.</summary>
public class HostNurseryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly LogKeeper _log = new();

    [Fact]
    public async Task Work_started_by_a_service_is_cancelled_and_waited_for_when_the_host_stops()
    {
        using var host = Build(services =>
        {
            services.AddHostNursery();
            services.AddSingleton<Mailer>();
        });
        await host.StartAsync();
        var mailer = host.Services.GetRequiredService<Mailer>();
        mailer.SendLater();
        await mailer.Started.Task.WaitAsync(Patience);

        await host.StopAsync();

        Assert.True(mailer.CleanedUp);
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task A_stopped_host_takes_no_more_work()
    {
        using var host = Build(services => services.AddHostNursery());
        await host.StartAsync();
        var nursery = host.Services.GetRequiredService<OwnedNursery>();
        await host.StopAsync();
        Assert.Throws<InvalidOperationException>(() => nursery.StartSoon(() => Task.CompletedTask));
    }

    [Fact]
    public async Task A_failing_child_is_logged_and_disturbs_nobody()
    {
        using var host = Build(services => services.AddHostNursery());
        await host.StartAsync();
        var nursery = host.Services.GetRequiredService<OwnedNursery>();
        var go = new TaskCompletionSource();
        var sibling = nursery.StartSoon(async () =>
        {
            await go.Task;
            return "done";
        });
        nursery.StartSoon(() => throw new FormatException("bad"), "import");
        await _log.HasEntry.WaitAsync(Patience);
        go.SetResult();

        Assert.Equal("done", await sibling.Task.WaitAsync(Patience));
        await host.StopAsync();
        var entry = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains("import", entry.Text, StringComparison.Ordinal);
        Assert.IsType<FormatException>(entry.Exception);
    }

    [Fact]
    public async Task By_option_a_failing_child_stops_the_host()
    {
        using var host = Build(services => services.AddHostNursery(options => options.OnFailure = HostFailureAction.StopHost));
        var run = host.RunAsync();
        host.Services.GetRequiredService<OwnedNursery>().StartSoon(() => throw new FormatException());
        await run.WaitAsync(Patience);
        Assert.Equal(LogLevel.Critical, Assert.Single(_log.Entries).Level);
    }

    [Fact]
    public async Task A_failure_before_the_host_has_started_is_logged_once_it_has()
    {
        using var host = Build(services => services.AddHostNursery());
        var nursery = host.Services.GetRequiredService<OwnedNursery>();
        nursery.StartSoon(() => throw new FormatException());
        while (nursery.LiveChildCount > 0)
            await Task.Delay(1);
        Assert.Empty(_log.Entries);

        await host.StartAsync();
        Assert.IsType<FormatException>(Assert.Single(_log.Entries).Exception);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_child_that_ignores_its_cancellation_holds_the_host_up_no_longer_than_its_shutdown_timeout()
    {
        var goOn = new TaskCompletionSource();
        var host = Build(services =>
        {
            services.AddHostNursery();
            services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        });
        await host.StartAsync();
        host.Services.GetRequiredService<OwnedNursery>().StartSoon(() => goOn.Task, "stubborn");

        await host.StopAsync().WaitAsync(Patience);
        var dispose = Task.Run(host.Dispose);
        await dispose.WaitAsync(Patience);

        var entry = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Contains("1 children", entry.Text, StringComparison.Ordinal);
        goOn.SetResult();
    }

    [Fact]
    public async Task In_the_grace_period_children_may_finish_before_they_are_cancelled()
    {
        var clock = new VirtualClock();
        using var host = Build(services => services.AddHostNursery(options =>
        {
            options.GracePeriod = TimeSpan.FromSeconds(10);
            options.TimeProvider = clock;
        }));
        await host.StartAsync();
        var nursery = host.Services.GetRequiredService<OwnedNursery>();
        var quick = nursery.StartSoon(async () =>
        {
            await Checkpoint.SleepAsync(TimeSpan.FromSeconds(5));
            return "finished";
        });
        var slow = nursery.StartSoon(async () =>
        {
            await Checkpoint.SleepAsync(TimeSpan.FromSeconds(50));
            return "finished";
        });
        while (clock.PendingTimerCount < 2)
            await Task.Delay(1);

        var stop = host.StopAsync();
        while (clock.PendingTimerCount < 3)
            await Task.Delay(1);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("finished", await quick.Task.WaitAsync(Patience));
        Assert.False(stop.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(5));
        await stop.WaitAsync(Patience);
        Assert.True(slow.Task.IsCanceled);
    }

    [Fact]
    public async Task A_host_that_is_disposed_without_being_stopped_cancels_its_children()
    {
        var host = Build(services => services.AddHostNursery());
        await host.StartAsync();
        var child = host.Services.GetRequiredService<OwnedNursery>().StartSoon(async () =>
        {
            await Checkpoint.SleepForeverAsync();
            return 0;
        });
        host.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.Task.WaitAsync(Patience));
    }

    [Fact]
    public void Registering_again_changes_nothing_and_options_that_come_too_late_are_refused()
    {
        var services = new ServiceCollection();
        services.AddHostNursery(options => options.MaxConcurrency = 3).AddHostNursery();
        Assert.Single(services, service => service.ServiceType == typeof(OwnedNursery));
        Assert.Throws<InvalidOperationException>(() => services.AddHostNursery(options => options.MaxConcurrency = 4));
        Assert.Throws<ArgumentNullException>("services", () => HostNurseryExtensions.AddHostNursery(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HostNurseryOptions { GracePeriod = TimeSpan.FromSeconds(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HostNurseryOptions { MaxConcurrency = 0 });
    }

    private IHost Build(Action<IServiceCollection> configure)
        => new HostBuilder()
            .ConfigureLogging(logging => logging.AddProvider(_log).AddFilter((category, level) => category!.StartsWith("Structured.", StringComparison.Ordinal)))
            .ConfigureServices(configure)
            .Build();

    private sealed class Mailer(OwnedNursery nursery)
    {
        public TaskCompletionSource Started { get; } = new();

        public bool CleanedUp { get; private set; }

        public void SendLater() => nursery.StartSoon(async () =>
        {
            Started.SetResult();
            try
            {
                await Checkpoint.SleepForeverAsync();
            }
            finally
            {
                await CancelScope.ShieldAsync(_ => Task.Delay(20));
                CleanedUp = true;
            }
        });
    }

    private sealed class LogKeeper : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(LogLevel, string, Exception?)> _entries = new();
        private readonly TaskCompletionSource _hasEntry = new();

        public IReadOnlyList<(LogLevel Level, string Text, Exception? Exception)> Entries => _entries.ToArray();

        public Task HasEntry => _hasEntry.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _entries.Enqueue((logLevel, formatter(state, exception), exception));
            _hasEntry.TrySetResult();
        }

    }
}
