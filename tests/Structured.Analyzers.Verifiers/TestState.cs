using System.Collections;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.Verifiers;

/// <summary>Sources, in order. A plain string is given the next default path.</summary>
public sealed class SourceList : IEnumerable<(string Path, string Content)>
{
    private readonly List<(string Path, string Content)> _sources = [];
    private readonly string _defaultFolder;

    internal SourceList(string defaultFolder) => _defaultFolder = defaultFolder;

    public int Count => _sources.Count;

    public (string Path, string Content) this[int index] => _sources[index];

    public void Add(string content) => Add((_defaultFolder + "/Test" + _sources.Count + ".cs", content));

    public void Add((string Path, string Content) source) => _sources.Add((source.Path.StartsWith('/') ? source.Path : _defaultFolder + "/" + source.Path, source.Content));

    public IEnumerator<(string Path, string Content)> GetEnumerator() => _sources.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>One project of a test.</summary>
public class ProjectState
{
    internal ProjectState(string name, string folder)
    {
        Name = name;
        Sources = new SourceList(folder);
        GeneratedSources = new SourceList(folder + "/obj/Generated");
    }

    public string Name { get; }

    public SourceList Sources { get; }

    public SourceList GeneratedSources { get; }

    /// <summary><c>.editorconfig</c> and global configuration files, by path.</summary>
    public List<(string Path, string Content)> AnalyzerConfigFiles { get; } = [];

    public List<(string Path, string Content)> AdditionalFiles { get; } = [];

    public List<MetadataReference> AdditionalReferences { get; } = [];

    /// <summary>Names of other projects of the test that this one references.</summary>
    public List<string> AdditionalProjectReferences { get; } = [];

    public OutputKind? OutputKind { get; set; }
}

/// <summary>What a test starts from, or what it should end in.</summary>
public sealed class SolutionState : ProjectState
{
    internal SolutionState()
        : base("TestProject", "/0")
    {
    }

    public List<DiagnosticResult> ExpectedDiagnostics { get; } = [];

    public ProjectCollection AdditionalProjects { get; } = new();
}

/// <summary>Further projects, made when they are first asked for.</summary>
public sealed class ProjectCollection : IEnumerable<ProjectState>
{
    private readonly List<ProjectState> _projects = [];

    public ProjectState this[string name]
    {
        get
        {
            if (_projects.Find(project => project.Name == name) is not { } project)
                _projects.Add(project = new ProjectState(name, "/" + name));
            return project;
        }
    }

    public IEnumerator<ProjectState> GetEnumerator() => _projects.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
