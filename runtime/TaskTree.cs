using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Structured.Concurrency;

/// <summary>Every live nursery and child of the process, as they were at one moment.</summary>
/// <remarks>May be captured at any time, from any thread. Each nursery is looked at by itself, so what changes meanwhile may show in one place and not yet in another.</remarks>
public sealed class TaskTree
{
    private TaskTree(IReadOnlyList<TaskTreeNode> roots) => Roots = roots;

    /// <summary>The nurseries that lie in no other, the oldest first.</summary>
    public IReadOnlyList<TaskTreeNode> Roots { get; }

    /// <summary>Looks at everything there is.</summary>
    /// <returns>The picture. It does not change any more.</returns>
    public static TaskTree Capture()
    {
        var nurseries = LiveNurseries.All();
        var nodes = nurseries.ToDictionary(static nursery => nursery, static nursery => NodeOf(nursery));
        var roots = new List<TaskTreeNode>();
        foreach (var nursery in nurseries)
        {
            if (Surrounding(nursery, nodes) is { } outer)
                outer.Add(nodes[nursery]);
            else
                roots.Add(nodes[nursery]);
        }

        return new TaskTree(roots.OrderByDescending(static node => node.Age).ToArray());
    }

    /// <summary>The tree as text, a line for each nursery and child.</summary>
    /// <returns>Lines that end with a line feed; empty when there is no nursery.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var root in Roots)
            Write(root, "", "", text);
        return text.ToString();
    }

    private static TaskTreeNode NodeOf(Nursery nursery)
    {
        var (state, age, children) = nursery.Look();
        var node = new TaskTreeNode(TaskTreeNodeKind.Nursery, nursery.Name, nursery.Origin, age, state);
        foreach (var (name, origin, childAge, childState) in children)
            node.Add(new TaskTreeNode(TaskTreeNodeKind.Child, name, origin, childAge, childState));
        return node;
    }

    private static TaskTreeNode? Surrounding(Nursery nursery, Dictionary<Nursery, TaskTreeNode> nodes)
    {
        for (var scope = nursery.OuterScope; scope is not null; scope = scope.Parent)
        {
            if (scope.Nursery is { } outer && nodes.TryGetValue(outer, out var node))
                return node;
        }

        return null;
    }

    private static void Write(TaskTreeNode node, string first, string others, StringBuilder text)
    {
        text.Append(first).Append(node).Append('\n');
        for (var index = 0; index < node.Children.Count; index++)
        {
            var isLast = index == node.Children.Count - 1;
            Write(node.Children[index], others + (isLast ? "└─ " : "├─ "), others + (isLast ? "   " : "│  "), text);
        }
    }
}

/// <summary>What a node of a <see cref="TaskTree"/> stands for.</summary>
public enum TaskTreeNodeKind
{
    /// <summary>A nursery.</summary>
    Nursery,

    /// <summary>A child of a nursery.</summary>
    Child,
}

/// <summary>A nursery or a child, as it was when the tree was captured.</summary>
public sealed class TaskTreeNode
{
    private readonly List<TaskTreeNode> _children = [];

    internal TaskTreeNode(TaskTreeNodeKind kind, string? name, string? startedAt, TimeSpan age, string state)
    {
        Kind = kind;
        Name = name;
        StartedAt = startedAt;
        Age = age;
        State = state;
    }

    /// <summary>Whether this is a nursery or a child.</summary>
    public TaskTreeNodeKind Kind { get; }

    /// <summary>The name it was given; null where none was.</summary>
    public string? Name { get; }

    /// <summary>File and line of the code that opened or started it; null where the compiler gave none.</summary>
    public string? StartedAt { get; }

    /// <summary>How long ago that was, by the clock of its scope; to the nearest 16 ms or so by the system's.</summary>
    public TimeSpan Age { get; }

    /// <summary>For people: of a nursery open or joining, of a child queued, starting or running; and whether it was cancelled.</summary>
    public string State { get; }

    /// <summary>Of a nursery: its children, the oldest first, then the nurseries that were opened inside it. Of a child: empty.</summary>
    public IReadOnlyList<TaskTreeNode> Children => _children;

    /// <inheritdoc/>
    public override string ToString()
        => (Kind == TaskTreeNodeKind.Nursery ? "nursery" : "child")
            + (Name is null ? "" : $" '{Name}'")
            + (StartedAt is null ? "" : $" ({StartedAt})")
            + ", " + Age.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s, "
            + State;

    internal void Add(TaskTreeNode child) => _children.Add(child);
}
