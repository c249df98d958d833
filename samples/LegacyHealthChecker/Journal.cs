using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace LegacyHealthChecker;

/// <summary>Collects messages and writes them down in a loop of its own, which nobody can stop.</summary>
internal sealed class Journal
{
    private readonly ConcurrentQueue<string> _incoming = new();
    private readonly List<string> _written = new();

    public Journal()
    {
        Task.Run(() => WriteLoopAsync());
    }

    public IReadOnlyList<string> Written
    {
        get
        {
            lock (_written)
                return _written.ToArray();
        }
    }

    public void Write(string message) => _incoming.Enqueue(message);

    private async Task WriteLoopAsync()
    {
        while (true)
        {
            while (_incoming.TryDequeue(out var message))
            {
                lock (_written)
                    _written.Add(message);
            }

            await Task.Delay(10);
        }
    }
}
