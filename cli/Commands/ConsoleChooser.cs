using System;
using System.Collections.Generic;
using System.Globalization;
using Spectre.Console;
using Structured.Cli.Checking;
using Structured.Cli.Fixing;

namespace Structured.Cli.Commands;

/// <summary>Shows each change on the terminal and reads the answer, a line at a time, so that answers can also come from a file.</summary>
internal sealed class ConsoleChooser(Progress progress) : IChooser
{
    public (Answer Answer, int Action) Choose(Finding finding, string shownPath, IReadOnlyList<Offer> offers)
    {
        progress.Clear();
        var console = AnsiConsole.Console;
        Console.WriteLine();
        Console.WriteLine($"{shownPath}({finding.Line},{finding.Column}): {finding.Id}: {finding.Message}");
        for (var shown = 0; ;)
        {
            ShowDiff(offers[shown].Diff, console);
            for (var index = 0; index < offers.Count; index++)
                Console.WriteLine($"  {index + 1}  {offers[index].Title}{(index == shown && offers.Count > 1 ? "   <- shown" : "")}");
            Console.Write($"[y] {(offers.Count > 1 ? "take the one shown  [1-" + offers.Count + "] show another" : "take it")}  [s]kip  [a]ll  [q]uit: ");
            var line = Console.ReadLine();
            if (line is null)
            {
                Console.WriteLine();
                return (Answer.Quit, 0);
            }

            switch (line.Trim().ToLowerInvariant())
            {
                case "y" or "yes":
                    return (Answer.Take, shown);
                case "s" or "skip" or "n" or "no":
                    return (Answer.Skip, 0);
                case "a" or "all":
                    return (Answer.All, 0);
                case "q" or "quit":
                    return (Answer.Quit, 0);
                case var number when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var chosen) && chosen >= 1 && chosen <= offers.Count:
                    if (offers.Count == 1)
                        return (Answer.Take, 0);
                    shown = chosen - 1;
                    break;
                default:
                    Console.WriteLine("y takes the change that is shown, a number shows another, s skips this place, a takes the first for all that are left without asking, q ends here and keeps what was taken.");
                    break;
            }
        }
    }

    public void Say(string message) => Console.WriteLine(message);

    private static void ShowDiff(string diff, IAnsiConsole console)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Write(diff);
            return;
        }

        foreach (var line in diff.TrimEnd('\n').Split('\n'))
        {
            var color = line.StartsWith('+') ? Color.Green : line.StartsWith('-') ? Color.Red : line.StartsWith("@@", StringComparison.Ordinal) ? Color.Aqua : Color.Default;
            console.Write(new Spectre.Console.Text(line.TrimEnd('\r') + "\n", new Style(color)));
        }
    }
}
