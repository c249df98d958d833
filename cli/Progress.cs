using System;
using Spectre.Console;

namespace Structured.Cli;

/// <summary>One line on a terminal that says what is being done; nothing where the output goes elsewhere.</summary>
internal sealed class Progress : IDisposable
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly object _lock = new();

    public void Say(string what)
    {
        if (!_isTerminal)
            return;
        lock (_lock)
        {
            _console.Write(new ControlCode("\r\u001b[2K"));
            _console.Markup("[grey]" + Markup.Escape(what) + " …[/]");
        }
    }

    public void Clear()
    {
        if (!_isTerminal)
            return;
        lock (_lock)
            _console.Write(new ControlCode("\r\u001b[2K"));
    }

    public void Dispose() => Clear();
}
