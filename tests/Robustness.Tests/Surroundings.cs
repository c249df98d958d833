using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Robustness.Tests;

/// <summary>Which references an input is compiled with.</summary>
internal enum ReferenceSet
{
    All,
    NoRuntime,
    CoreOnly,
    None,
}

/// <summary>The language, the references and the configuration an input is read with. Each is one project, made once, whose document is replaced.</summary>
internal sealed class Surroundings
{
    private static readonly Surroundings[] All =
    [
        new(LanguageVersion.Latest, ReferenceSet.All, "build_property.StructuredConcurrency = recommended"),
        new(LanguageVersion.Preview, ReferenceSet.All, "build_property.StructuredConcurrency = strict"),
        new(LanguageVersion.CSharp7_3, ReferenceSet.All, "build_property.StructuredConcurrency = strict\nstructured_concurrency.checkpoint_strictness = schedule"),
        new(LanguageVersion.CSharp9, ReferenceSet.All, "build_property.StructuredConcurrency = recommended\nstructured_concurrency.detached_methods = M:C.PingAsync|T:C|M:|:|M:C.(((|T:"),
        new(LanguageVersion.Latest, ReferenceSet.All, "build_property.StructuredConcurrency = \u221e\nstructured_concurrency.checkpoint_methods = M:C.Work\nstructured_concurrency.observing_methods = \u00e4\u00f6|M:C.Log(System.Object)\nstructured_concurrency.checkpoint_strictness = \u221e"),
        new(LanguageVersion.Latest, ReferenceSet.NoRuntime, "build_property.StructuredConcurrency = recommended"),
        new(LanguageVersion.Latest, ReferenceSet.CoreOnly, "build_property.StructuredConcurrency = strict"),
        new(LanguageVersion.Latest, ReferenceSet.None, "build_property.StructuredConcurrency = recommended"),
    ];

    private readonly LanguageVersion _language;
    private readonly ReferenceSet _references;
    private readonly string _config;
    private readonly Lazy<Document> _document;

    private Surroundings(LanguageVersion language, ReferenceSet references, string config)
    {
        _language = language;
        _references = references;
        _config = config;
        _document = new Lazy<Document>(Create);
    }

    /// <summary>The first ones more often than those in which there is little to find.</summary>
    public static Surroundings Pick(Random random) => All[random.Next(4) == 0 ? random.Next(All.Length) : random.Next(4)];

    public static Surroundings Usual => All[1];

    /// <summary>A document with the given text.</summary>
    public Document Read(string text) => _document.Value.WithText(SourceText.From(text));

    public override string ToString() => $"C# {_language.ToDisplayString()}, references: {_references}, {_config.ReplaceLineEndings("; ")}";

    private Document Create()
    {
        // Every rule is on, those too that a preset leaves off.
        var rules = Subject.Descriptors.Select(static rule => new KeyValuePair<string, ReportDiagnostic>(rule.Id, ReportDiagnostic.Warn));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, concurrentBuild: false, specificDiagnosticOptions: rules);
        var id = ProjectId.CreateNewId();
        var documentId = DocumentId.CreateNewId(id);
        var solution = new AdhocWorkspace().CurrentSolution
            .AddProject(ProjectInfo.Create(id, VersionStamp.Default, "Project", "Project", LanguageNames.CSharp, compilationOptions: options, parseOptions: new CSharpParseOptions(_language), metadataReferences: References()))
            .AddAnalyzerConfigDocument(DocumentId.CreateNewId(id), "options.globalconfig", SourceText.From("is_global = true\n" + _config + "\n"), filePath: "/options.globalconfig")
            .AddDocument(documentId, "Input.cs", "", filePath: "/Input.cs");
        var document = solution.GetDocument(documentId)!;
        // Realised once, so that the compilations of the inputs share what was read from the references.
        var compilation = document.Project.GetCompilationAsync().GetAwaiter().GetResult()!;
        _ = compilation.GetTypeByMetadataName("System.Threading.Tasks.Task");
        GC.KeepAlive(compilation);
        return document;
    }

    private IEnumerable<MetadataReference> References()
    {
        if (_references == ReferenceSet.None)
            yield break;
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        // Few: an input is bound against each of them.
        string[] names = _references == ReferenceSet.CoreOnly
            ? ["System.Private.CoreLib.dll"]
            :
            [
                "System.Private.CoreLib.dll", "System.Runtime.dll", "System.Collections.dll", "System.Collections.Concurrent.dll", "System.Linq.dll", "System.Linq.Expressions.dll", "System.Console.dll", "System.Threading.dll", "System.Threading.Channels.dll",
                "System.Threading.Thread.dll", "System.ComponentModel.Primitives.dll", "System.Diagnostics.Process.dll", "System.Net.Http.dll", "System.Net.Primitives.dll", "System.Net.Sockets.dll", "System.Private.Uri.dll", "System.ComponentModel.EventBasedAsync.dll", "System.ComponentModel.TypeConverter.dll",
            ];
        foreach (var name in names.Where(name => File.Exists(Path.Combine(folder, name))))
            yield return MetadataReference.CreateFromFile(Path.Combine(folder, name));
        if (_references == ReferenceSet.All)
            yield return MetadataReference.CreateFromFile(typeof(Structured.Concurrency.Nursery).Assembly.Location);
    }
}
